import { createDecipheriv } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectHttps } from "../../cluster/https.ts";
import { Secret } from "../../errors/secret.ts";
import { generateKeys } from "../../pki/keys.ts";
import { secretValue } from "./apiserver/authentication.ts";
import { createClientCredential, createClusterAuthority, createServerCredential } from "./identities.ts";
import {
  type ApiServer,
  type ApiServerSettings,
  resources,
  Storage,
  startApiServer,
  startControllerManager,
  startControlPlane,
  systemClock,
} from "./index.ts";

const now = new Date();
const ca = await createClusterAuthority("ECDSA-P256", now);
const serverNames: readonly string[] = [];
const identity = {
  host: "127.0.0.1",
  endpointHost: undefined,
  serverNames,
  serviceSubnet: "10.96.0.0/12",
  dnsDomain: "cluster.local",
};
const settings: Omit<ApiServerSettings, "storage"> = {
  ...(await createServerCredential(ca, identity, now)),
  clock: systemClock,
  host: "127.0.0.1",
  port: 0,
  clientCaPem: ca.certificatePem,
  serviceAccountIssuer: "https://kubernetes.default.svc.cluster.local",
  serviceAccountKeys: await generateKeys("RSA-2048"),
  serviceSubnet: "10.96.0.0/12",
  version: "v1.37.2",
};

let storage: Storage;
let cleanup: AsyncDisposableStack;
beforeEach(() => {
  storage = new Storage(() => new Date());
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

async function start(changes: Partial<ApiServerSettings> = {}): Promise<ApiServer> {
  const server = await startApiServer({ ...settings, storage, ...changes });
  cleanup.defer(() => server.close());
  return server;
}

async function ask(
  server: ApiServer,
  user: readonly [string, string],
  method: "GET" | "POST",
  path: string,
  body = "",
) {
  const [commonName, organization] = user;
  const { certificatePem, privateKeyPem } = await createClientCredential(
    ca,
    { commonName, organizations: [organization] },
    now,
  );
  const connection = connectHttps({
    certificateAuthority: ca.certificatePem,
    clientCertificate: certificatePem,
    clientKey: new Secret(privateKeyPem),
  });
  try {
    const headers = { "content-type": "application/json" };
    const response = await connection.send(
      { method, url: `https://${server.address}${path}`, timeoutMs: 5_000, headers, ...(body === "" ? {} : { body }) },
      new AbortController().signal,
    );
    return { status: response.status, text: await response.text() };
  } finally {
    connection.close();
  }
}

const admin = ["kubernetes-admin", "kubeadm:cluster-admins"] as const;
const superAdmin = ["kubernetes-super-admin", "system:masters"] as const;
const binding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "kubeadm:cluster-admins" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "kubeadm:cluster-admins" }],
};

describe("an API server on an empty storage", () => {
  test("lets kubeadm's administrator do nothing until the binding is there, which only a super administrator can make", async () => {
    const server = await start();
    const post = (user: readonly [string, string]) =>
      ask(
        server,
        user,
        "POST",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?timeout=10s",
        JSON.stringify(binding),
      );
    expect((await post(admin)).status).toBe(403);
    expect((await post(superAdmin)).status).toBe(201);
    expect((await ask(server, admin, "GET", "/api/v1/nodes")).status).toBe(200);
    expect((await post(admin)).status).toBe(409);
  });

  test("shares it with a second server, and leaves there what the first has made", async () => {
    const first = await start();
    const second = await start();
    const body = JSON.stringify({ metadata: { name: "shared" } });
    expect((await ask(first, superAdmin, "POST", "/api/v1/namespaces", body)).status).toBe(201);
    const { text } = await ask(second, superAdmin, "GET", "/api/v1/namespaces/shared");
    expect(JSON.parse(text)).toMatchObject({ metadata: { name: "shared" } });
    expect(second.requests.all.map(({ path }) => path)).toEqual(["/api/v1/namespaces/shared"]);
  });

  test("answers nothing that is stored while etcd is away, but says how it is", async () => {
    let failure: string | undefined = "etcdserver: no leader";
    const server = await start({ storageFailure: () => failure });
    expect(await ask(server, superAdmin, "GET", "/api/v1/nodes")).toMatchObject({
      status: 500,
      text: expect.stringContaining("etcdserver: no leader"),
    });
    expect((await ask(server, superAdmin, "GET", "/livez")).status).toBe(500);
    failure = undefined;
    expect((await ask(server, superAdmin, "GET", "/api/v1/nodes")).status).toBe(200);
    expect((await ask(server, superAdmin, "GET", "/livez")).status).toBe(200);
  });

  test("gives out tokens that the service account's RSA key signs, and knows them again", async () => {
    const server = await start();
    startControllerManager({
      storage,
      clock: systemClock,
      rootCaPem: ca.certificatePem,
      signingDurationSeconds: 3600,
    }).stopAll();
    const path = "/api/v1/namespaces/kube-system/serviceaccounts/default/token";
    const { text } = await ask(server, superAdmin, "POST", path, JSON.stringify({ spec: {} }));
    const { token } = (JSON.parse(text) as { status: { token: string } }).status;
    const review = JSON.stringify({ spec: { token } });
    const answer = await ask(server, superAdmin, "POST", "/apis/authentication.k8s.io/v1/tokenreviews", review);
    expect(JSON.parse(answer.text)).toMatchObject({
      status: { authenticated: true, user: { username: "system:serviceaccount:kube-system:default" } },
    });
  });
});

describe("certificates for control planes that join", () => {
  test("are sealed with the key, readable by a bootstrap token's group, and go with the token that owns them", async () => {
    const controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
    cleanup.defer(() => controlPlane.close());
    const key = await controlPlane.uploadCertificates();
    const secret = controlPlane.storage.get(resources.secrets, { namespace: "kube-system", name: "kubeadm-certs" });
    const data = (secret?.["data"] ?? {}) as Record<string, string>;
    expect(Object.keys(data).toSorted()).toEqual(
      ["ca", "etcd-ca", "front-proxy-ca"].flatMap((name) => [`${name}.crt`, `${name}.key`]).concat("sa.key", "sa.pub"),
    );
    const sealed = Buffer.from(data["ca.crt"] ?? "", "base64");
    const decipher = createDecipheriv("aes-256-gcm", Buffer.from(key, "hex"), sealed.subarray(0, 12));
    decipher.setAuthTag(sealed.subarray(-16));
    const opened = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString();
    expect(opened).toBe(controlPlane.caCertificatePem);
    const [owner] = secret?.metadata.ownerReferences ?? [];
    const name = String(owner?.["name"]);
    const token = controlPlane.storage.get(resources.secrets, { namespace: "kube-system", name });
    expect(token === undefined ? undefined : secretValue(token, "usage-bootstrap-authentication")).toBeUndefined();
    controlPlane.storage.delete(resources.secrets, { namespace: "kube-system", name });
    await expect
      .poll(() => controlPlane.storage.get(resources.secrets, { namespace: "kube-system", name: "kubeadm-certs" }))
      .toBeUndefined();
  });

  test("can be sealed again with a key that is given", async () => {
    const controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
    cleanup.defer(() => controlPlane.close());
    await controlPlane.uploadCertificates();
    const key = "ab".repeat(32);
    expect(await controlPlane.uploadCertificates({ certificateKey: key })).toBe(key);
  });
});
