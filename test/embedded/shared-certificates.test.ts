// What control planes share: uploaded sealed by one, opened by another.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { connections } from "../../src/cluster/connections.ts";
import { type ControlPlane, resources, startControlPlane } from "../../src/embedded/control-plane/index.ts";
import { Secret } from "../../src/errors/secret.ts";
import { silentEvents } from "../../src/events/events.ts";
import { type MemoryHost, memoryHost } from "../../src/host/memory.ts";
import { downloadCertificates } from "../../src/kubeadm/cluster-objects/download-certificates.ts";
import { uploadCertificates } from "../../src/kubeadm/cluster-objects/upload-certificates.ts";
import type { ClusterConfiguration } from "../../src/kubeadm/config/cluster/cluster-configuration.ts";
import { decodeClusterConfiguration } from "../../src/kubeadm/config/cluster/stored-cluster-configuration.ts";
import { generateCertificateKey } from "../../src/kubeadm/config/fields/certificate-key.ts";
import { openKubeconfig } from "../../src/kubeadm/kubeconfig/open-kubeconfig.ts";
import { parseKubeconfig } from "../../src/kubeadm/kubeconfig/read-kubeconfig.ts";
import { generateKeys, privateKeyPem } from "../../src/pki/keys.ts";

let controlPlane: ControlPlane;
let pki: Readonly<Record<string, string>>;

beforeEach(async () => {
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
  const keys = await generateKeys("ECDSA-P256");
  const key = privateKeyPem(keys.privateKey);
  const certificate = controlPlane.caCertificatePem;
  pki = {
    "ca.crt": certificate,
    "ca.key": key,
    "front-proxy-ca.crt": certificate,
    "front-proxy-ca.key": key,
    "sa.pub": keys.publicKey.export({ format: "pem", type: "spki" }).toString(),
    "sa.key": key,
    "etcd/ca.crt": certificate,
    "etcd/ca.key": key,
  };
});
afterEach(() => controlPlane.close());

const clusterOf = (fields: object = {}): ClusterConfiguration =>
  decodeClusterConfiguration(
    JSON.stringify({ apiVersion: "kubeadm.k8s.io/v1beta4", kind: "ClusterConfiguration", ...fields }),
    silentEvents,
  );

function machine(files: Readonly<Record<string, string>> = {}): MemoryHost {
  return memoryHost({ files, clock: { start: new Date(), automatic: true } });
}

const below = (directory: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${directory}/${name}`, content]));

async function portsOf(host: MemoryHost, as: "admin" | "token" = "admin") {
  const pool = connections({
    connectTransport: controlPlane.connectInProcess,
    environment: {},
    userAgent: "kubeadm/v1.37.2",
    events: silentEvents,
    monotonic: () => host.clock.monotonic(),
  });
  const { signal } = new AbortController();
  const settings = { certificateAuthority: controlPlane.caCertificatePem };
  const cluster: Cluster =
    as === "admin"
      ? await openKubeconfig(parseKubeconfig(controlPlane.adminKubeconfig), "admin.conf", {
          events: silentEvents,
          ...host,
          environment: {},
          signal,
          connections: pool,
        })
      : pool.open(controlPlane.url, settings, { token: new Secret(await controlPlane.createToken()) });
  return { cluster, files: host.files, clock: host.clock, events: silentEvents, signal, timeoutMs: 60_000 };
}

async function upload(cluster: ClusterConfiguration, files: Readonly<Record<string, string>>): Promise<Secret> {
  const key = generateCertificateKey();
  await uploadCertificates({ cluster, key }, await portsOf(machine(files)));
  return key;
}

async function download(cluster: ClusterConfiguration, key: Secret, host = machine()) {
  const ports = await portsOf(host, "token");
  const [settled] = await Promise.allSettled([downloadCertificates({ cluster, key }, ports)]);
  return { settled, host };
}

async function modesOf({ files }: MemoryHost): Promise<Readonly<Record<string, string>>> {
  const paths = Object.keys(files.snapshot());
  const modes = paths.map(async (path) => [path, ((await files.status(path))?.mode ?? 0).toString(8)] as const);
  return Object.fromEntries(await Promise.all(modes));
}

const secret = { namespace: "kube-system", name: "kubeadm-certs" };

describe("uploaded certificates", () => {
  it("arrive on another control plane as they were, readable for those who may read them", async () => {
    const key = await upload(clusterOf(), below("/etc/kubernetes/pki", pki));
    const { settled, host } = await download(clusterOf(), key);
    expect(settled).toEqual({ status: "fulfilled", value: undefined });
    expect(host.files.snapshot()).toEqual(below("/etc/kubernetes/pki", pki));
    expect(await modesOf(host)).toEqual({
      "/etc/kubernetes/pki/ca.crt": "644",
      "/etc/kubernetes/pki/ca.key": "600",
      "/etc/kubernetes/pki/front-proxy-ca.crt": "644",
      "/etc/kubernetes/pki/front-proxy-ca.key": "600",
      "/etc/kubernetes/pki/sa.pub": "644",
      "/etc/kubernetes/pki/sa.key": "600",
      "/etc/kubernetes/pki/etcd/ca.crt": "644",
      "/etc/kubernetes/pki/etcd/ca.key": "600",
    });
  });

  it("arrive without other content next to their certificates", async () => {
    const { "ca.crt": ca = "" } = pki;
    const alias = ca.replaceAll(" CERTIFICATE-", " X509 CERTIFICATE-");
    const key = await upload(clusterOf(), below("/etc/kubernetes/pki", { ...pki, "ca.crt": `CA\n${ca}${alias}` }));
    const { host } = await download(clusterOf(), key);
    expect(host.files.snapshot()).toEqual(below("/etc/kubernetes/pki", pki));
  });

  it("of an external etcd go to the paths of the configuration", async () => {
    const external = {
      endpoints: ["https://192.0.2.20:2379"],
      caFile: "/srv/etcd/ca.pem",
      certFile: "/srv/etcd/c.pem",
      keyFile: "/srv/etcd/k.pem",
    };
    const cluster = clusterOf({ etcd: { external }, certificatesDir: "/srv/pki" });
    const { "etcd/ca.crt": ca = "", "etcd/ca.key": etcdKey = "", ...own } = pki;
    const files = {
      ...below("/srv/pki", own),
      "/srv/etcd/ca.pem": ca,
      "/srv/etcd/c.pem": ca,
      "/srv/etcd/k.pem": etcdKey,
    };
    const key = await upload(cluster, files);
    const { host } = await download(cluster, key);
    expect(host.files.snapshot()).toEqual(files);
    expect((await host.files.status("/srv/etcd/k.pem"))?.mode).toBe(0o600);
    expect(Object.keys(controlPlane.storage.get(resources.secrets, secret)?.["data"] as object)).toEqual(
      expect.arrayContaining(["external-etcd-ca.crt", "external-etcd.crt", "external-etcd.key"]),
    );
  });

  it("leave out a CA's key that is not there, and do not make one", async () => {
    const { "ca.key": _external, ...files } = pki;
    const key = await upload(clusterOf(), below("/etc/kubernetes/pki", files));
    const { host } = await download(clusterOf(), key);
    expect(host.files.snapshot()).toEqual(below("/etc/kubernetes/pki", files));
  });

  it("replace what is there, and take away a secret's loose mode", async () => {
    const key = await upload(clusterOf(), below("/etc/kubernetes/pki", pki));
    const host = machine();
    host.files.put("/etc/kubernetes/pki/ca.key", { content: "old", mode: 0o644 });
    await download(clusterOf(), key, host);
    expect((await modesOf(host))["/etc/kubernetes/pki/ca.key"]).toBe("600");
    expect(host.files.snapshot()["/etc/kubernetes/pki/ca.key"]).toBe(pki["ca.key"]);
  });

  it("go two hours later, with the token that owns them", async () => {
    await upload(clusterOf(), below("/etc/kubernetes/pki", pki));
    const [owner] = (controlPlane.storage.get(resources.secrets, secret)?.metadata["ownerReferences"] ?? []) as {
      name: string;
    }[];
    const token = { namespace: "kube-system", name: owner?.name ?? "" };
    const data = controlPlane.storage.get(resources.secrets, token)?.["data"] as Record<string, string>;
    const expires = Date.parse(Buffer.from(data["expiration"] ?? "", "base64").toString());
    expect((expires - Date.now()) / 60_000).toBeCloseTo(120, 0);
    controlPlane.storage.delete(resources.secrets, token);
    for (let look = 0; controlPlane.storage.get(resources.secrets, secret) !== undefined && look < 200; look++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { settled } = await download(clusterOf(), generateCertificateKey());
    expect(settled).toMatchObject({
      reason: {
        code: "CERTIFICATES_SECRET_MISSING",
        message:
          'error downloading certs: error downloading the secret: Secret "kubeadm-certs" was not found in the "kube-system" Namespace. ' +
          "This Secret might have expired. Please, run `kubeadm init phase upload-certs --upload-certs` on a control plane to generate a new one",
      },
    });
  });

  it("cannot be uploaded where a file cannot be read", async () => {
    const host = machine(below("/etc/kubernetes/pki", pki));
    host.files.fail("/etc/kubernetes/pki/sa.key", "EACCES");
    const uploading = uploadCertificates({ cluster: clusterOf(), key: generateCertificateKey() }, await portsOf(host));
    await expect(uploading).rejects.toMatchObject({
      code: "FILE_OPERATION_FAILED",
      details: { path: "/etc/kubernetes/pki/sa.key" },
    });
    expect(controlPlane.storage.get(resources.secrets, secret)).toBeUndefined();
  });
});

describe("certificates that cannot be had", () => {
  const sealedWith = async (edit: (data: Record<string, string>) => void) => {
    const key = await upload(clusterOf(), below("/etc/kubernetes/pki", pki));
    controlPlane.storage.update(resources.secrets, secret, {}, (object) => {
      const data = { ...(object["data"] as Record<string, string>) };
      edit(data);
      return { ...object, data };
    });
    return download(clusterOf(), key);
  };

  it.each<[string, string, string, (data: Record<string, string>) => void]>([
    [
      "an entry is missing",
      "CERTIFICATES_SECRET_INVALID",
      "the Secret does not include the required certificate or key - name: etcd/ca.key, path: /etc/kubernetes/pki/etcd/ca.key",
      (data) => delete data["etcd-ca.key"],
    ],
    [
      "an entry is cut off",
      "CERTIFICATES_SECRET_INVALID",
      "error decoding secret data with provided key: size of data is less than the nonce",
      (data) => {
        data["etcd-ca.key"] = "AAAA";
      },
    ],
    [
      "an entry is of another upload",
      "CERTIFICATE_KEY_WRONG",
      "error decoding secret data with provided key: cipher: message authentication failed",
      (data) => {
        data["etcd-ca.key"] = Buffer.alloc(60).toString("base64");
      },
    ],
  ])("are not half written where %s", async (_name, code, message, edit) => {
    const { settled, host } = await sealedWith(edit);
    expect(settled).toMatchObject({ reason: { code, message: `error downloading certs: ${message}` } });
    expect(host.files.snapshot()).toEqual({});
  });

  it("are not half written with another key", async () => {
    await upload(clusterOf(), below("/etc/kubernetes/pki", pki));
    const { settled, host } = await download(clusterOf(), generateCertificateKey());
    expect(settled).toMatchObject({ reason: { code: "CERTIFICATE_KEY_WRONG" } });
    expect(host.files.snapshot()).toEqual({});
  });

  it("are not written where they are no certificates", async () => {
    const key = await upload(clusterOf(), below("/etc/kubernetes/pki", { ...pki, "etcd/ca.crt": "garbage" }));
    const { settled, host } = await download(clusterOf(), key);
    expect(settled).toMatchObject({
      reason: {
        code: "CERTIFICATES_SECRET_INVALID",
        message: "error downloading certs: unknown data found in Secret entry",
      },
    });
    expect(host.files.snapshot()).toEqual({});
  });

  it("say which rule is missing where the token may not read them", async () => {
    const key = await upload(clusterOf(), below("/etc/kubernetes/pki", pki));
    controlPlane.storage.delete(resources.roleBindings, { namespace: "kube-system", name: "kubeadm:kubeadm-certs" });
    const { settled, host } = await download(clusterOf(), key);
    expect(settled).toMatchObject({ reason: { code: "CERTIFICATES_SECRET_FORBIDDEN" } });
    expect(host.files.snapshot()).toEqual({});
  });

  it("are asked for again while the server is in trouble", async () => {
    const key = await upload(clusterOf(), below("/etc/kubernetes/pki", pki));
    controlPlane.faults.add({ match: { resource: "secrets" }, action: { kind: "status", code: 503 }, times: 2 });
    controlPlane.faults.add({ match: { resource: "secrets" }, action: { kind: "reset" }, times: 2 });
    expect((await download(clusterOf(), key)).settled.status).toBe("fulfilled");
  });
});
