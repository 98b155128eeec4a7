// The requests of kubectl 1.37 for `get`, `apply`, `certificate approve`, `label` and `delete`, replayed without it.
// The headers and the order are those of the real program; test/kubernetes runs that.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateKeys } from "../../pki/keys.ts";
import { createCertificateRequest } from "../../pki/x509.ts";
import { at, type Fields, isFields, listAt, stringAt } from "./apiserver/objects.ts";
import { type ControlPlane, startControlPlane } from "./index.ts";
import { type Requester, requester } from "./requester.ts";

let controlPlane: ControlPlane;
let kubectl: Requester;

const asTable =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
const asAggregated =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

beforeAll(async () => {
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
  const credential = await controlPlane.createClientCredential({
    commonName: "kubernetes-admin",
    organizations: ["kubeadm:cluster-admins"],
  });
  kubectl = requester(controlPlane, credential);
});
afterAll(() => controlPlane.close());

/** The columns that are shown without `-o wide`, with the cells of the rows. */
async function table(path: string): Promise<{ columns: readonly unknown[]; rows: readonly unknown[] }> {
  const { body } = await kubectl.send("GET", path, undefined, { accept: asTable });
  expect(body["kind"]).toBe("Table");
  const definitions = listAt(body, "columnDefinitions").filter(isFields);
  const shown = definitions.flatMap((definition, index) => (definition["priority"] === 0 ? [index] : []));
  return {
    columns: shown.map((index) => definitions[index]?.["name"]),
    rows: listAt(body, "rows").map((row) => shown.map((index) => listAt(row, "cells")[index])),
  };
}

describe("discovery", () => {
  test("is one document for each root where the client knows the aggregated form", async () => {
    const core = await kubectl.send("GET", "/api", undefined, { accept: asAggregated });
    const groups = await kubectl.send("GET", "/apis", undefined, { accept: asAggregated });
    expect(core.headers["content-type"]).toBe("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    expect(core.body).toMatchObject({ kind: "APIGroupDiscoveryList", items: [{ versions: [{ version: "v1" }] }] });
    expect(listAt(groups.body, "items").map((item) => stringAt(item, "metadata", "name"))).toContain(
      "certificates.k8s.io",
    );
    const nodes = listAt(listAt(core.body, "items")[0], "versions").flatMap((version) => listAt(version, "resources"));
    expect(nodes.find((resource) => stringAt(resource, "resource") === "nodes")).toMatchObject({
      responseKind: { group: "", version: "v1", kind: "Node" },
      scope: "Cluster",
      shortNames: ["no"],
      subresources: [{ subresource: "status" }],
    });
  });

  test("falls back to the classic documents", async () => {
    expect((await kubectl.send("GET", "/api")).body).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    expect((await kubectl.send("GET", "/apis")).body["kind"]).toBe("APIGroupList");
    const { body } = await kubectl.send("GET", "/apis/certificates.k8s.io/v1");
    expect(listAt(body, "resources").map((resource) => stringAt(resource, "name"))).toEqual([
      "certificatesigningrequests",
      "certificatesigningrequests/approval",
      "certificatesigningrequests/status",
      "podcertificaterequests",
      "podcertificaterequests/status",
    ]);
    expect((await kubectl.send("GET", "/apis/nope")).status).toBe(404);
  });

  test("says in OpenAPI that a patch of every kind can be validated by the server", async () => {
    const { body } = await kubectl.send("GET", "/openapi/v3");
    const url = stringAt(body, "paths", "api/v1", "serverRelativeURL") ?? "";
    const document = (await kubectl.send("GET", url)).body;
    const patch = at(document, "paths", "/api/v1/namespaces/{namespace}/configmaps/{name}", "patch");
    expect(patch).toMatchObject({ "x-kubernetes-group-version-kind": { group: "", version: "v1", kind: "ConfigMap" } });
    expect(listAt(patch, "parameters").map((parameter) => stringAt(parameter, "name"))).toContain("fieldValidation");
  });
});

test("get nodes shows status, roles, age and version", async () => {
  expect((await table("/api/v1/nodes?limit=500")).rows).toEqual([]);
  await kubectl.send("POST", "/api/v1/nodes?fieldManager=kubectl-create", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "cp1", labels: { "node-role.kubernetes.io/control-plane": "" } },
    spec: { unschedulable: true },
    status: { conditions: [{ type: "Ready", status: "True" }], nodeInfo: { kubeletVersion: "v1.37.2" } },
  });
  const { columns, rows } = await table("/api/v1/nodes?limit=500");
  expect(columns).toEqual(["Name", "Status", "Roles", "Age", "Version"]);
  expect(rows).toEqual([
    ["cp1", "Ready,SchedulingDisabled", "control-plane", expect.stringMatching(/^\d+s$/), "v1.37.2"],
  ]);
});

test.each<[string, string, string[]]>([
  ["namespaces", "/api/v1/namespaces", ["Name", "Status", "Age"]],
  ["secrets", "/api/v1/secrets", ["Name", "Type", "Data", "Age"]],
  ["configmaps", "/api/v1/configmaps", ["Name", "Data", "Age"]],
  ["pods", "/api/v1/pods", ["Name", "Ready", "Status", "Restarts", "Age"]],
  ["services", "/api/v1/services", ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age"]],
  ["events", "/api/v1/events", ["Last Seen", "Type", "Reason", "Object", "Message"]],
  ["leases", "/apis/coordination.k8s.io/v1/leases", ["Name", "Holder", "Age"]],
  ["rolebindings", "/apis/rbac.authorization.k8s.io/v1/rolebindings", ["Name", "Role", "Age"]],
  ["clusterroles", "/apis/rbac.authorization.k8s.io/v1/clusterroles", ["Name", "Created At"]],
])("get %s shows upstream's columns", async (_resource, path, columns) => {
  expect((await table(`${path}?limit=500`)).columns).toEqual(columns);
});

test("apply creates, then patches what changed and removes what is left out", async () => {
  const path = "/api/v1/namespaces/default/configmaps";
  const manager = "fieldManager=kubectl-client-side-apply&fieldValidation=Strict";
  const configuration = (data: Fields) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "demo", namespace: "default" },
    data,
  });
  const applied = (data: Fields) => ({
    "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(configuration(data)),
  });
  expect((await kubectl.send("GET", `${path}/demo`)).status).toBe(404);
  const first = configuration({ a: "1", b: "2" });
  const created = await kubectl.send("POST", `${path}?${manager}`, {
    ...first,
    metadata: { ...first.metadata, annotations: applied(first.data) },
  });
  expect(created.status).toBe(201);
  const patched = await kubectl.send(
    "PATCH",
    `${path}/demo?${manager}`,
    { data: { b: null, c: "3" }, metadata: { annotations: applied({ a: "1", c: "3" }) } },
    { "content-type": "application/strategic-merge-patch+json" },
  );
  expect(patched.status).toBe(200);
  expect(patched.body["data"]).toEqual({ a: "1", c: "3" });
  expect(at(patched.body, "metadata", "annotations")).toEqual(applied({ a: "1", c: "3" }));
});

test("apply --server-side creates, owns its fields and removes them again", async () => {
  const path = "/api/v1/namespaces/default/configmaps/ssa?fieldManager=kubectl&fieldValidation=Strict&force=false";
  const yaml = { "content-type": "application/apply-patch+yaml" };
  const text = (data: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ssa\n  namespace: default\ndata:\n${data}`;
  const created = await kubectl.send("PATCH", path, text("  a: '1'\n  b: '2'\n"), yaml);
  expect(created.status).toBe(201);
  const again = await kubectl.send("PATCH", path, text("  a: '1'\n"), yaml);
  expect(again.status).toBe(200);
  expect(again.body["data"]).toEqual({ a: "1" });
  expect(at(again.body, "metadata", "managedFields")).toMatchObject([
    { manager: "kubectl", operation: "Apply", fieldsV1: { "f:data": { "f:a": {} } } },
  ]);
});

test("label and delete go by merge patch and by options in the body", async () => {
  await kubectl.send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
  const labeled = await kubectl.send(
    "PATCH",
    "/api/v1/namespaces/team?fieldManager=kubectl-label",
    { metadata: { labels: { a: "b" } } },
    { "content-type": "application/merge-patch+json" },
  );
  expect(at(labeled.body, "metadata", "labels")).toEqual({ a: "b", "kubernetes.io/metadata.name": "team" });
  const deleted = await kubectl.send("DELETE", "/api/v1/namespaces/team", {
    kind: "DeleteOptions",
    apiVersion: "v1",
    propagationPolicy: "Background",
  });
  expect(deleted.body).toMatchObject({ kind: "Status", status: "Success" });
});

test.each<["Approved" | "Denied", string, string]>([
  ["Approved", "KubectlApprove", "Approved,Issued"],
  ["Denied", "KubectlDeny", "Denied"],
])("certificate %s puts the condition on a request and shows in get csr", async (type, reason, condition) => {
  const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  const request = await createCertificateRequest({
    subject: { commonName: "jane" },
    keys: await generateKeys("ECDSA-P256"),
  });
  const name = `jane-${type.toLowerCase()}`;
  await kubectl.send("POST", path, {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name },
    spec: {
      request: Buffer.from(request).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
    },
  });
  const { body } = await kubectl.send("GET", `${path}/${name}`);
  const conditions = [
    {
      type,
      status: "True",
      reason,
      message: "This CSR was decided by a test.",
      lastUpdateTime: "2026-01-01T00:00:00Z",
    },
  ];
  const decided = await kubectl.send("PUT", `${path}/${name}/approval`, { ...body, status: { conditions } });
  expect(decided.status).toBe(200);
  await expect
    .poll(async () => (await table(`${path}?fieldSelector=metadata.name%3D${name}`)).rows)
    .toEqual([
      [name, expect.any(String), "kubernetes.io/kube-apiserver-client", "kubernetes-admin", "<none>", condition],
    ]);
});

test("a user who may not approve for a signer gets an error that says so", async () => {
  const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  const rules = [
    {
      apiGroups: ["certificates.k8s.io"],
      resources: ["certificatesigningrequests", "certificatesigningrequests/approval"],
      verbs: ["*"],
    },
  ];
  await kubectl.send("POST", `${rbac}/clusterroles`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "clerk" },
    rules,
  });
  await kubectl.send("POST", `${rbac}/clusterrolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "clerk" },
    roleRef: { kind: "ClusterRole", name: "clerk" },
    subjects: [{ kind: "User", name: "clerk" }],
  });
  const clerk = requester(controlPlane, await controlPlane.createClientCredential({ commonName: "clerk" }));
  const { body } = await clerk.send("GET", `${path}/jane-denied`);
  const refused = await clerk.send("PUT", `${path}/jane-denied/approval`, body);
  expect(refused.body["message"]).toBe(
    'certificatesigningrequests.certificates.k8s.io "jane-denied" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
  );
});
