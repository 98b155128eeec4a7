// The requests of a worker's join, in the order of an audit log of a real join.
import { createHmac, X509Certificate } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { generateKeys } from "../../pki/keys.ts";
import { certificateSubject, createCertificateRequest } from "../../pki/x509.ts";
import { stringAt } from "./apiserver/objects.ts";
import { type ControlPlane, startControlPlane } from "./index.ts";
import { type Requester, requester } from "./requester.ts";

let controlPlane: ControlPlane;
const token = "abcdef.0123456789abcdef";

beforeEach(async () => {
  controlPlane = await startControlPlane({ podSubnet: "10.244.0.0/16" });
  await controlPlane.createToken({ token });
});

afterEach(() => controlPlane.close());

const clusterInfo = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it did not happen");
}

async function kubeletCredential(bootstrap: Requester, name: string) {
  const keys = await generateKeys("ECDSA-P256");
  const csr = await createCertificateRequest({
    subject: { commonName: `system:node:${name}`, organizations: ["system:nodes"] },
    keys,
  });
  const created = await bootstrap.send("POST", requests, {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { generateName: "csr-" },
    spec: {
      request: Buffer.from(csr).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client-kubelet",
      usages: ["digital signature", "client auth"],
    },
  });
  expect(created.status).toBe(201);
  const csrName = stringAt(created.body, "metadata", "name") ?? "";
  const stop = new AbortController();
  const selector = `fieldSelector=metadata.name%3D${csrName}`;
  const watch = `${requests}?allowWatchBookmarks=true&${selector}&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true`;
  for await (const event of bootstrap.watch(watch, stop.signal)) {
    const certificate = stringAt(event, "object", "status", "certificate");
    if (certificate === undefined) continue;
    stop.abort();
    const certificatePem = Buffer.from(certificate, "base64").toString();
    return {
      created: created.body,
      signed: event["object"],
      certificatePem,
      privateKeyPem: keys.privateKey.export({ format: "pem", type: "sec1" }).toString(),
    };
  }
  throw new Error("the watch ended before the certificate came");
}

test("anyone reads cluster-info, signed with the token and naming the CA that is pinned", async () => {
  const anonymous = requester(controlPlane);
  const data = await until(async () => {
    const { body } = await anonymous.send("GET", clusterInfo);
    return stringAt(body, "data", "jws-kubeconfig-abcdef") === undefined ? undefined : body["data"];
  });
  const kubeconfig = stringAt(data, "kubeconfig") ?? "";
  const header = Buffer.from('{"alg":"HS256","kid":"abcdef"}').toString("base64url");
  const payload = Buffer.from(kubeconfig).toString("base64url");
  const signature = createHmac("sha256", "0123456789abcdef").update(`${header}.${payload}`).digest("base64url");
  expect(stringAt(data, "jws-kubeconfig-abcdef")).toBe(`${header}..${signature}`);
  expect(parse(kubeconfig)).toMatchObject({
    clusters: [
      {
        name: "",
        cluster: {
          server: `https://${controlPlane.endpoint}`,
          "certificate-authority-data": Buffer.from(controlPlane.caCertificatePem).toString("base64"),
        },
      },
    ],
    contexts: null,
    users: null,
  });
});

test("a token reads the cluster's configuration and sees that the node's name is free", async () => {
  const bootstrap = requester(controlPlane, { token });
  for (const name of ["kubeadm-config", "kube-proxy", "kubelet-config"]) {
    const { status } = await bootstrap.send("GET", `/api/v1/namespaces/kube-system/configmaps/${name}?timeout=10s`);
    expect([name, status]).toEqual([name, 200]);
  }
  const node = await bootstrap.send("GET", "/api/v1/nodes/w1?timeout=10s");
  expect(node.status).toBe(404);
  expect(node.body).toMatchObject({
    kind: "Status",
    message: 'nodes "w1" not found',
    reason: "NotFound",
    details: { name: "w1", kind: "nodes" },
    code: 404,
  });
});

test("a kubelet gets its certificate with the token, and then registers its Node and its Lease", async () => {
  const credential = await kubeletCredential(requester(controlPlane, { token }), "w1");
  expect(credential.created).toMatchObject({
    spec: {
      username: "system:bootstrap:abcdef",
      groups: ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:authenticated"],
    },
  });
  expect(credential.signed).toMatchObject({
    status: {
      conditions: [
        {
          type: "Approved",
          status: "True",
          reason: "AutoApproved",
          message: "Auto approving kubelet client certificate after SubjectAccessReview.",
        },
      ],
    },
  });
  const certificate = new X509Certificate(credential.certificatePem);
  expect(certificateSubject(certificate)).toEqual({ commonName: "system:node:w1", organizations: ["system:nodes"] });
  expect(certificate.verify(new X509Certificate(controlPlane.caCertificatePem).publicKey)).toBe(true);

  const kubelet = requester(controlPlane, credential);
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "w1" }, status: { conditions: [] } };
  expect((await kubelet.send("POST", "/api/v1/nodes", node)).status).toBe(201);
  const ready = { status: { conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }] } };
  const strategic = { "content-type": "application/strategic-merge-patch+json" };
  expect((await kubelet.send("PATCH", "/api/v1/nodes/w1/status?timeout=10s", ready, strategic)).status).toBe(200);
  const lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "w1", namespace: "kube-node-lease" },
    spec: { holderIdentity: "w1", leaseDurationSeconds: 40 },
  };
  const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  expect((await kubelet.send("GET", `${leases}/w1`)).status).toBe(404);
  expect((await kubelet.send("POST", leases, lease)).status).toBe(201);
  const podCIDR = await until(async () =>
    stringAt((await kubelet.send("GET", "/api/v1/nodes/w1")).body, "spec", "podCIDR"),
  );
  expect(podCIDR).toBe("10.244.0.0/24");
});

test("a kubelet renews its own certificate, and may neither read nor write other nodes", async () => {
  const first = await kubeletCredential(requester(controlPlane, { token }), "w1");
  const kubelet = requester(controlPlane, first);
  const renewed = await kubeletCredential(kubelet, "w1");
  expect(renewed.signed).toMatchObject({
    status: { conditions: [{ message: "Auto approving self kubelet client certificate after SubjectAccessReview." }] },
  });
  const other = await kubelet.send("GET", "/api/v1/nodes/w2");
  expect(other.status).toBe(403);
  expect(other.body["message"]).toBe(
    `nodes "w2" is forbidden: User "system:node:w1" cannot get resource "nodes" in API group "" at the cluster scope: node 'w1' cannot read 'w2', only its own Node object`,
  );
  const written = await kubelet.send("POST", "/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "w2" },
  });
  expect(written.body["message"]).toBe('nodes "w2" is forbidden: node "w1" is not allowed to modify node "w2"');
});

test("requests are logged with verb, path, answer and user", async () => {
  controlPlane.requests.clear();
  await requester(controlPlane).send("GET", "/api/v1/nodes?limit=1", undefined, { "user-agent": "kubeadm/v1.37.2" });
  expect(controlPlane.requests.all).toMatchObject([
    { verb: "list", path: "/api/v1/nodes?limit=1", code: 403, user: "system:anonymous", userAgent: "kubeadm/v1.37.2" },
  ]);
});
