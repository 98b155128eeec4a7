import { expect, it } from "vitest";
import { configuration, kubeadm } from "../../../../test/support/certs/machine-in-memory.ts";

const written = `${configuration}certificatesDir: /srv//k8s/./x/../pki/\n`;

it.each(["apiserver", "controller-manager"])("the manifest of the %s has the directory clean", async (component) => {
  const files = { "/d.yaml": written };
  const outcome = await kubeadm(`init phase control-plane ${component} --config /d.yaml`, { files });
  expect(outcome).toMatchObject({ status: 0 });
  const manifest = outcome.files[`/etc/kubernetes/manifests/kube-${component}.yaml`] ?? "";
  expect(manifest).toContain("=/srv/k8s/pki/ca.crt\n");
  expect(manifest).toContain("- mountPath: /srv/k8s/pki\n");
  expect(manifest).not.toMatch(/srv\/\/|\/\.\.?\//);
});

it("a dry run keeps etcd's CA apart from the cluster's", async () => {
  const files = { "/d.yaml": written };
  const outcome = await kubeadm("init phase certs all --config /d.yaml --dry-run", { files });
  expect(outcome).toMatchObject({ status: 0 });
  const names = Object.keys(outcome.files).map((path) => path.replace(/^.*dryrun\d+\//, ""));
  expect(names).toEqual(expect.arrayContaining(["ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key", "etcd/server.crt"]));
  expect(names).not.toContain("server.crt");
});
