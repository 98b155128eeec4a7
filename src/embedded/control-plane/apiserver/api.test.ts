import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../index.ts";
import { type Requester, requester } from "../requester.ts";
import { type Fields, listAt, numberAt, stringAt } from "./objects.ts";

let controlPlane: ControlPlane;
let admin: Requester;

beforeAll(async () => {
  controlPlane = await startControlPlane({
    encryptionAlgorithm: "ECDSA-P256",
    staticTokens: [{ token: "root", username: "root", groups: ["system:masters"] }],
  });
  admin = requester(controlPlane, { token: "root" });
});
afterAll(() => controlPlane.close());

const maps = "/api/v1/namespaces/default/configmaps";

function map(name: string, more: Fields = {}): Fields {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...more };
}

describe("a request that cannot be met gets a Status", () => {
  beforeAll(() => admin.send("POST", maps, map("taken", { data: { a: "1" } })));

  test.each<[string, "GET" | "POST" | "PUT" | "PATCH" | "DELETE", string, unknown, Fields]>([
    [
      "for a missing object",
      "GET",
      `${maps}/none`,
      undefined,
      {
        code: 404,
        reason: "NotFound",
        message: 'configmaps "none" not found',
        details: { name: "none", kind: "configmaps" },
      },
    ],
    [
      "for a missing object of a group",
      "GET",
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/w1",
      undefined,
      {
        code: 404,
        message: 'leases.coordination.k8s.io "w1" not found',
        details: { name: "w1", group: "coordination.k8s.io", kind: "leases" },
      },
    ],
    [
      "for an unknown resource",
      "GET",
      "/api/v1/frobs",
      undefined,
      { code: 404, reason: "NotFound", message: "the server could not find the requested resource" },
    ],
    ["for an unknown version", "GET", "/apis/apps/v1beta1/namespaces/a/deployments", undefined, { code: 404 }],
    [
      "for a name that is taken",
      "POST",
      maps,
      map("taken"),
      { code: 409, reason: "AlreadyExists", message: 'configmaps "taken" already exists' },
    ],
    [
      "for a missing namespace",
      "POST",
      "/api/v1/namespaces/nope/configmaps",
      map("x"),
      { code: 404, message: 'namespaces "nope" not found' },
    ],
    [
      "for a bad name",
      "POST",
      maps,
      map("Bad_Name"),
      {
        code: 422,
        reason: "Invalid",
        details: {
          name: "Bad_Name",
          kind: "ConfigMap",
          causes: [{ reason: "FieldValueInvalid", field: "metadata.name" }],
        },
      },
    ],
    [
      "for no name",
      "POST",
      maps,
      map(""),
      {
        code: 422,
        message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      },
    ],
    [
      "for another kind",
      "POST",
      maps,
      { apiVersion: "v1", kind: "Secret", metadata: { name: "x" } },
      { code: 400, message: 'Secret in version "v1" cannot be handled as a ConfigMap' },
    ],
    [
      "for another namespace",
      "POST",
      maps,
      { ...map("x"), metadata: { name: "x", namespace: "kube-system" } },
      { code: 400, message: "the namespace of the provided object does not match the namespace sent on the request" },
    ],
    [
      "for a version on creation",
      "POST",
      maps,
      { ...map("x"), metadata: { name: "x", resourceVersion: "1" } },
      { code: 400, message: "resourceVersion should not be set on objects to be created" },
    ],
    [
      "for another name in the URL",
      "PUT",
      `${maps}/taken`,
      map("other"),
      { code: 400, message: "the name of the object (other) does not match the name on the URL (taken)" },
    ],
    [
      "for a stale version",
      "PUT",
      `${maps}/taken`,
      { ...map("taken"), metadata: { name: "taken", resourceVersion: "1" } },
      { code: 409, reason: "Conflict" },
    ],
    ["for an update of what is missing", "PUT", `${maps}/none`, map("none"), { code: 404 }],
    [
      "for a selector on an unknown field",
      "GET",
      "/api/v1/nodes?fieldSelector=a%3Db",
      undefined,
      { code: 400, message: "field label not supported: a" },
    ],
    [
      "for a version of the future",
      "GET",
      `${maps}?resourceVersion=999999`,
      undefined,
      { code: 504, reason: "Timeout" },
    ],
    [
      "for a verb that a subresource lacks",
      "DELETE",
      "/api/v1/nodes/w1/status",
      undefined,
      { code: 405, reason: "MethodNotAllowed" },
    ],
    ["for a broken body", "POST", maps, "{", { code: 400, reason: "BadRequest" }],
    [
      "for an address that another Service has",
      "POST",
      "/api/v1/namespaces/kube-system/services",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "kube-dns" },
        spec: { clusterIP: "10.96.0.10", ports: [{ port: 53 }] },
      },
      {
        code: 422,
        message:
          'Service "kube-dns" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
      },
    ],
    [
      "for another role of a binding",
      "PUT",
      "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/cluster-admin",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "cluster-admin" },
        roleRef: { kind: "ClusterRole", name: "view" },
      },
      { code: 422, reason: "Invalid" },
    ],
    [
      "for a namespace that has to stay",
      "DELETE",
      "/api/v1/namespaces/kube-system",
      undefined,
      { code: 403, reason: "Forbidden" },
    ],
  ])("%s", async (_name, method, path, body, expected) => {
    const answer = await admin.send(method, path, body);
    expect(answer.body).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure", ...expected });
    expect(answer.status).toBe(expected["code"]);
  });

  test("for a media type that it does not read or write", async () => {
    const unread = await admin.send("POST", maps, "x", { "content-type": "application/cbor" });
    expect(unread.body).toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
    const unwritten = await admin.send("GET", maps, undefined, { accept: "application/vnd.kubernetes.protobuf" });
    expect(unwritten.body).toMatchObject({ code: 406, reason: "NotAcceptable" });
    const patch = await admin.send("PATCH", `${maps}/taken`, {}, { "content-type": "application/json" });
    expect(patch.status).toBe(415);
  });
});

describe("objects", () => {
  test("get uid, creation time and versions from the server, and keep them through updates", async () => {
    const created = await admin.send("POST", maps, map("kept", { data: { a: "1" } }));
    const updated = await admin.send("PUT", `${maps}/kept`, map("kept", { data: { a: "2" } }));
    expect(created.status).toBe(201);
    expect(updated.status).toBe(200);
    const [before, after] = [created.body["metadata"], updated.body["metadata"]];
    expect(stringAt(after, "uid")).toBe(stringAt(before, "uid"));
    expect(Number(stringAt(after, "resourceVersion"))).toBeGreaterThan(Number(stringAt(before, "resourceVersion")));
    const same = await admin.send("PUT", `${maps}/kept`, map("kept", { data: { a: "2" } }));
    expect(stringAt(same.body, "metadata", "resourceVersion")).toBe(stringAt(after, "resourceVersion"));
  });

  test("may be written with version 0, which insists on nothing", async () => {
    const object = { ...map("zero"), metadata: { name: "zero", resourceVersion: "0" } };
    expect((await admin.send("POST", maps, object)).status).toBe(201);
    expect((await admin.send("PUT", `${maps}/zero`, { ...object, data: { a: "1" } })).status).toBe(200);
  });

  test("get a name from generateName", async () => {
    const { body } = await admin.send("POST", maps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { generateName: "gen-" },
    });
    expect(stringAt(body, "metadata", "name")).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test("are left unchanged by a dry run", async () => {
    const dry = await admin.send("POST", `${maps}?dryRun=All`, map("dry"));
    expect(dry.status).toBe(201);
    expect((await admin.send("GET", `${maps}/dry`)).status).toBe(404);
    await admin.send("POST", maps, map("wet"));
    await admin.send("PUT", `${maps}/wet?dryRun=All`, map("wet", { data: { a: "1" } }));
    await admin.send("DELETE", `${maps}/wet?dryRun=All`);
    expect((await admin.send("GET", `${maps}/wet`)).body["data"]).toBeUndefined();
  });

  test("wait for their finalizers before they go", async () => {
    const merge = { "content-type": "application/merge-patch+json" };
    await admin.send("POST", maps, { ...map("held"), metadata: { name: "held", finalizers: ["example.com/hold"] } });
    await admin.send("DELETE", `${maps}/held`);
    expect(stringAt((await admin.send("GET", `${maps}/held`)).body, "metadata", "deletionTimestamp")).toBeDefined();
    await admin.send("PATCH", `${maps}/held`, { metadata: { finalizers: null } }, merge);
    expect((await admin.send("GET", `${maps}/held`)).status).toBe(404);
  });

  test("are deleted with a Status, and only where the preconditions hold", async () => {
    await admin.send("POST", maps, map("gone"));
    const refused = await admin.send("DELETE", `${maps}/gone`, { preconditions: { uid: "other" } });
    expect(refused.body).toMatchObject({ code: 409, reason: "Conflict" });
    const { body } = await admin.send("DELETE", `${maps}/gone`);
    expect(body).toMatchObject({ kind: "Status", status: "Success", details: { name: "gone", kind: "configmaps" } });
  });

  test("are listed in pages, by label and deleted as a collection", async () => {
    for (const name of ["p1", "p2", "p3"])
      await admin.send("POST", maps, { ...map(name), metadata: { name, labels: { page: "yes" } } });
    const first = await admin.send("GET", `${maps}?labelSelector=page%3Dyes&limit=2`);
    expect(listAt(first.body, "items").map((item) => stringAt(item, "metadata", "name"))).toEqual(["p1", "p2"]);
    expect(numberAt(first.body, "metadata", "remainingItemCount")).toBe(1);
    const next = stringAt(first.body, "metadata", "continue");
    const second = await admin.send("GET", `${maps}?labelSelector=page%3Dyes&limit=2&continue=${next}`);
    expect(listAt(second.body, "items").map((item) => stringAt(item, "metadata", "name"))).toEqual(["p3"]);
    const deleted = await admin.send("DELETE", `${maps}?labelSelector=page%3Dyes`);
    expect(listAt(deleted.body, "items")).toHaveLength(3);
  });

  test("of a Secret encode stringData and keep their type", async () => {
    const secrets = "/api/v1/namespaces/default/secrets";
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } };
    const { body } = await admin.send("POST", secrets, { ...secret, stringData: { a: "b" } });
    expect(body).toMatchObject({ type: "Opaque", data: { a: "Yg==" } });
    expect(body["stringData"]).toBeUndefined();
    const changed = await admin.send("PUT", `${secrets}/s`, { ...secret, type: "other" });
    expect(changed.body["message"]).toBe('Secret "s" is invalid: type: Invalid value: "other": field is immutable');
  });

  test("of a workload count the generations of their spec", async () => {
    const path = "/apis/apps/v1/namespaces/default/deployments";
    const labels = { app: "d" };
    const pods = { metadata: { labels }, spec: { containers: [{ name: "d", image: "d:1" }] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template: pods };
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec };
    expect(numberAt((await admin.send("POST", path, deployment)).body, "metadata", "generation")).toBe(1);
    const updated = await admin.send("PUT", `${path}/d`, {
      ...deployment,
      spec: { ...spec, replicas: 2 },
      status: { replicas: 9 },
    });
    expect(numberAt(updated.body, "metadata", "generation")).toBe(2);
    expect(updated.body["status"]).toEqual({});
  });
});

describe("reviews", () => {
  const review = (kind: string, spec: Fields) =>
    admin.send("POST", `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`, {
      kind,
      apiVersion: "authorization.k8s.io/v1",
      spec,
    });

  test.each<[string, string[], string, boolean]>([
    ["system:bootstrap:abcdef", ["system:bootstrappers:kubeadm:default-node-token"], "nodeclient", true],
    ["system:bootstrap:abcdef", ["system:bootstrappers:kubeadm:default-node-token"], "selfnodeclient", false],
    ["system:node:w1", ["system:nodes"], "selfnodeclient", true],
    ["jane", [], "nodeclient", false],
  ])("tell whether %s %j may have %s requests approved: %s", async (user, groups, subresource, allowed) => {
    const resourceAttributes = {
      group: "certificates.k8s.io",
      resource: "certificatesigningrequests",
      subresource,
      verb: "create",
      version: "*",
    };
    const { status, body } = await review("SubjectAccessReview", { user, groups, resourceAttributes });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: { allowed } });
  });

  test("return the user of the request", async () => {
    const { body } = await admin.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
    expect(body).toMatchObject({
      status: { userInfo: { username: "root", groups: ["system:masters", "system:authenticated"] } },
    });
  });

  test("return the user of a token", async () => {
    const token = await controlPlane.createToken();
    const ask = async (value: string) =>
      (await admin.send("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: value } })).body[
        "status"
      ];
    expect(await ask(token)).toMatchObject({
      authenticated: true,
      user: { username: `system:bootstrap:${token.slice(0, 6)}` },
    });
    expect(await ask("nonsense")).toEqual({ user: {} });
  });
});

test("a service account's token is a user until it expires with its account", async () => {
  const account = "/api/v1/namespaces/kube-system/serviceaccounts/kube-proxy";
  const { status, body } = await admin.send("POST", `${account}/token`, { spec: { expirationSeconds: 600 } });
  expect(status).toBe(201);
  const proxy = requester(controlPlane, { token: stringAt(body, "status", "token") ?? "" });
  const who = await proxy.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
  expect(who.body).toMatchObject({
    status: {
      userInfo: {
        username: "system:serviceaccount:kube-system:kube-proxy",
        groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
      },
    },
  });
  expect((await proxy.send("GET", "/api/v1/nodes")).status).toBe(200);
  await admin.send("DELETE", account);
  expect((await proxy.send("GET", "/api/v1/nodes")).status).toBe(401);
});
