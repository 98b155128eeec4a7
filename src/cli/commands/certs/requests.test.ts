import { describe, expect, it } from "vitest";
import { certificateOf, kubeadm, machine, pki, without } from "../../../../test/support/certs/machine-in-memory.ts";

/** All that is said of a cluster whose endpoint has another port than its API servers. */
const endpointWarning = /^W.*\] \[endpoint\] WARNING: port specified in controlPlaneEndpoint overrides bindPort .*\n$/;

describe("certs generate-csr", () => {
  const line = "certs generate-csr --config /c.yaml --cert-dir /own/pki --kubeconfig-dir /own";

  it("writes a key and a request for everything but the CAs", async () => {
    const { status, stdout, stderr, files } = await kubeadm(line);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(endpointWarning) });
    const bases = [
      "apiserver",
      "apiserver-kubelet-client",
      "front-proxy-client",
      "etcd/server",
      "etcd/peer",
      "etcd/healthcheck-client",
      "apiserver-etcd-client",
    ];
    const confs = ["admin.conf", "super-admin.conf", "kubelet.conf", "controller-manager.conf", "scheduler.conf"];
    expect(stdout).toBe(
      [
        "generating keys and CSRs in /own/pki",
        ...bases.map((name) => `  ${name}`),
        "generating keys and CSRs in /own",
        ...confs.map((name) => `  ${name}`),
        "",
      ].join("\n"),
    );
    expect(Object.keys(files)).toEqual(
      [
        ...bases.flatMap((base) => [`/own/pki/${base}.key`, `/own/pki/${base}.csr`]),
        ...confs.flatMap((conf) => [`/own/${conf}`, `/own/${conf}.csr`]),
      ].sort(),
    );
    expect(files["/own/kubelet.conf"]?.replace(/-data: .*/, "-data:")).toBe(`apiVersion: v1
clusters:
- cluster:
    server: https://lb.example.com:8443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: system:node:cp1
  name: system:node:cp1@kubernetes
current-context: system:node:cp1@kubernetes
kind: Config
users:
- name: system:node:cp1
  user:
    client-key-data:
`);
  });

  it.each([
    ["/own/pki/etcd/peer.key", "key or CSR /own/pki/etcd/peer"],
    ["/own/scheduler.conf", "kube config: /own/scheduler.conf"],
    ["/own/scheduler.conf.csr", "key or CSR /own/scheduler.conf"],
  ])("writes nothing at all where %s is there already", async (path, what) => {
    const { status, stdout, stderr, files } = await kubeadm(line, { files: { [path]: "mine" } });
    expect({ status, stdout, files }).toEqual({ status: 1, stdout: "", files: { [path]: "mine" } });
    expect(stderr).toMatch(new RegExp(`^error: file already exists: ${what}\n`));
  });
});

it("certs generate-csr needs a directory for kubeconfigs", async () => {
  const { status, stderr, files } = await kubeadm("certs generate-csr --config /c.yaml --kubeconfig-dir=");
  expect({ status, files }).toEqual({ status: 1, files: {} });
  expect(stderr).toMatch(/^error: invalid argument: kubeConfigDir was empty\n/);
});

describe("kubeconfig user", () => {
  const clientOf = (text: string) => certificateOf(text);

  it("prints a kubeconfig with a client certificate", async () => {
    const line = "kubeconfig user --client-name joe --org dev,ops --validity-period 8h --config /c.yaml";
    const { status, stdout, stderr } = await kubeadm(line, { files: machine });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(endpointWarning) });
    expect(stdout.replace(/-data: .*/g, "-data:")).toBe(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data:
    server: https://lb.example.com:8443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: joe
  name: joe@kubernetes
current-context: joe@kubernetes
kind: Config
users:
- name: joe
  user:
    client-certificate-data:
    client-key-data:

`);
    expect(clientOf(stdout)).toMatchObject({
      subject: { commonName: "joe", organizations: ["dev", "ops"] },
      extendedKeyUsages: ["client auth"],
      notAfter: new Date("2026-01-01T08:00:00Z"),
    });
  });

  it("prints one with the token instead", async () => {
    const { stdout } = await kubeadm("kubeconfig user --client-name joe --token s3cret --config /c.yaml", {
      files: machine,
    });
    expect(stdout).toMatch(/- name: joe\n {2}user:\n {4}token: s3cret\n\n$/);
  });

  it("warns of a long validity", async () => {
    const line = "kubeconfig user --client-name joe --validity-period 90000h --config /c.yaml";
    const { status, stderr } = await kubeadm(line, { files: machine });
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /\] WARNING: the specified certificate validity period 90000h0m0s is longer than the default duration 8760h0m0s, this may increase security risks\.\n/,
    );
  });

  it("needs the CA's key", async () => {
    const { status, stdout, stderr } = await kubeadm(
      "kubeconfig user --client-name joe --token s3cret --config /c.yaml",
      {
        files: without("pki/ca.key"),
      },
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(
      `error: couldn't create a kubeconfig; the CA files couldn't be loaded: failed to load key: couldn't load the private key file ${pki}/ca.key`,
    );
    expect(stderr).not.toContain("s3cret");
  });
});
