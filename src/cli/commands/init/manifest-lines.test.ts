import { expect, it } from "vitest";
import { configuration, kubeadm } from "../../../../test/support/certs/machine-in-memory.ts";

const patch = "metadata:\n  annotations:\n    a: b\n";
const files = { "/p/kube-apiserver0+strategic.yaml": patch, "/p/etcd.yaml": patch };

/** Its InitConfiguration stands last, so that the field is one of it. */
const withPatches = `${configuration.split("---\n").toReversed().join("---\n")}patches: {directory: /p}\n`;

const read = `[patches] Reading patches from path "/p"
[patches] Found the following patch files: [etcd.yaml kube-apiserver0+strategic.yaml]
`;
const applied = (target: string) =>
  `[patches] Applied patch of type "application/strategic-merge-patch+json" to target "${target}"\n`;

it.each([
  [
    "control-plane all",
    `[control-plane] Using manifest folder "/etc/kubernetes/manifests"
[control-plane] Creating static Pod manifest for "kube-apiserver"
${read}${applied("kube-apiserver")}[control-plane] Creating static Pod manifest for "kube-controller-manager"
[control-plane] Creating static Pod manifest for "kube-scheduler"
`,
  ],
  [
    "control-plane apiserver",
    `[control-plane] Creating static Pod manifest for "kube-apiserver"\n${read}${applied("kube-apiserver")}`,
  ],
  [
    "etcd local",
    `[etcd] Creating static Pod manifest for local etcd in "/etc/kubernetes/manifests"\n${read}${applied("etcd")}`,
  ],
])("init phase %s tells of patches behind the Pod that they change first, as upstream does", async (phase, stdout) => {
  const outcome = await kubeadm(`init phase ${phase} --config /c.yaml`, {
    files: { ...files, "/c.yaml": withPatches },
  });
  expect(outcome).toMatchObject({ status: 0, stdout });
});
