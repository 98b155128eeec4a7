import { describe, expect, it } from "vitest";
import {
  certificateOf,
  configuration,
  kubeadm,
  machine,
  pki,
  type Tree,
  without,
} from "../../../../test/support/certs/machine-in-memory.ts";

describe("certs renew", () => {
  const later = "2026-11-01T00:00:00Z";

  it("all renews every certificate with the contents of the old one", async () => {
    const before = { ...machine };
    const { status, stdout, stderr, files } = await kubeadm("certs renew all --config /c.yaml", {
      files: before,
      now: later,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe(`certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself renewed
certificate for serving the Kubernetes API renewed
certificate the apiserver uses to access etcd renewed
certificate for the API server to connect to kubelet renewed
certificate embedded in the kubeconfig file for the controller manager to use renewed
certificate for liveness probes to healthcheck etcd renewed
certificate for etcd nodes to communicate with each other renewed
certificate for serving etcd renewed
certificate for the front proxy client renewed
certificate embedded in the kubeconfig file for the scheduler manager to use renewed
certificate embedded in the kubeconfig file for the super-admin renewed

Done renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.
`);
    const kept = [
      `${pki}/ca.`,
      `${pki}/etcd/ca.`,
      `${pki}/front-proxy-ca.`,
      `${pki}/sa.`,
      "/etc/kubernetes/kubelet.conf",
    ];
    for (const [path, content] of Object.entries(before)) {
      const isKept = kept.some((prefix) => path.startsWith(prefix));
      expect([path, files[path] === content]).toEqual([path, isKept]);
      if (isKept || path.endsWith(".key")) continue;
      const { notBefore: _b, notAfter: _a, ...was } = certificateOf(content);
      expect(certificateOf(files[path])).toEqual({
        ...was,
        notBefore: new Date("2026-10-31T23:55:00Z"),
        notAfter: new Date("2027-11-01T00:00:00Z"),
      });
    }
  });

  it("keeps the names of the certificate, whatever the configuration says", async () => {
    const changed = { ...machine, "/c.yaml": configuration.replace("lb.example.com", "other.example.com") };
    const { files } = await kubeadm("certs renew apiserver --config /c.yaml", { files: changed });
    expect(certificateOf(files[`${pki}/apiserver.crt`]).dnsNames).toContain("lb.example.com");
  });

  it("brings the CA in a kubeconfig up to date, and keeps the rest of it", async () => {
    const path = "/etc/kubernetes/admin.conf";
    const stale = (machine[path] ?? "").replace(
      /certificate-authority-data: .*/,
      "certificate-authority-data: c3RhbGU=",
    );
    const namespaced = stale.replace("    cluster: kubernetes\n", "    cluster: kubernetes\n    namespace: mine\n");
    const { stdout, files } = await kubeadm("certs renew admin.conf --config /c.yaml", {
      files: { ...machine, [path]: namespaced },
    });
    expect(stdout).toBe(
      "certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself renewed\n",
    );
    const masked = (text: string | undefined) => text?.replace(/client-(certificate|key)-data: .*/g, "client-$1-data:");
    const expected = namespaced.replace("c3RhbGU=", Buffer.from(machine[`${pki}/ca.crt`] ?? "").toString("base64"));
    expect(masked(files[path])).toBe(masked(expected));
    expect(files[path]).not.toBe(expected);
  });

  it.each([
    ["apiserver", "[renew] Restart kube-apiserver, so that it uses the new certificate.\n"],
    ["etcd-peer", "[renew] Restart etcd, so that it uses the new certificate.\n"],
    [
      "admin.conf",
      "[renew] Copies of this file, such as ~/.kube/config, still have the old certificate: copy it again.\n",
    ],
    ["etcd-healthcheck-client", ""],
  ])("of %s says on stderr what has to be done before the certificate is used", async (name, expected) => {
    const { status, stderr } = await kubeadm(`certs renew ${name} --config /c.yaml`, { files: { ...machine } });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expected });
  });

  it.each([
    ["apiserver", ["pki/apiserver.crt"], "MISSING! certificate for serving the Kubernetes API\n"],
    [
      "apiserver",
      ["pki/ca.key"],
      "Detected external ca, certificate for serving the Kubernetes API can't be renewed\n",
    ],
    [
      "etcd-peer",
      ["pki/etcd/ca.key"],
      "Detected external etcd/ca, certificate for etcd nodes to communicate with each other can't be renewed\n",
    ],
  ])("%s without %s changes nothing and says so", async (name, gone, expected) => {
    const files = without(...gone);
    const { status, stdout, stderr, files: after } = await kubeadm(`certs renew ${name} --config /c.yaml`, { files });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: expected, stderr: "" });
    expect(after).toEqual(files);
  });

  it.each<[string, () => Tree, RegExp]>([
    [
      "is not the key of its certificate",
      () => ({ [`${pki}/ca.key`]: machine[`${pki}/sa.key`] ?? "" }),
      /^error: failed to renew certificate apiserver: failure loading ca certificate authority: the private key \/etc\/kubernetes\/pki\/ca.key does not match/,
    ],
    [
      "cannot be read",
      () => ({ [`${pki}/ca.key`]: "x" }),
      /^error: failed to renew certificate apiserver: failure loading ca certificate authority: failed to load key: couldn't load the private key file/,
    ],
  ])("signs nothing with a CA key that %s", async (_what, more, message) => {
    const files = { ...machine, ...more() };
    const { status, stderr, files: after } = await kubeadm("certs renew apiserver --config /c.yaml", { files });
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(after).toEqual(files);
  });

  it("says of a kubeconfig without an embedded certificate what is missing in it", async () => {
    const path = "/etc/kubernetes/admin.conf";
    const text = (machine[path] ?? "")
      .replace(/ *client-certificate-data: .*\n/, "")
      .replace(/client-key-data: .*/, "token: abc");
    const { status, stderr } = await kubeadm("certs renew admin.conf --config /c.yaml", {
      files: { ...machine, [path]: text },
    });
    expect(status).toBe(1);
    expect(stderr).toContain(
      'the user "kubernetes-admin" has no client certificate embedded (client-certificate-data)',
    );
    expect(stderr).not.toContain("abc");
  });
});
