import { expect, it } from "vitest";
import { memoryPorts } from "../../../../test/fixtures/cli/memory-ports.ts";
import { memoryContainerRuntimes, memoryRuntime } from "../../../../test/fixtures/cri/memory.ts";
import { testAuthority } from "../../../../test/fixtures/pki/authority.ts";
import { memoryHost } from "../../../host/memory.ts";
import { main } from "../../main.ts";

const authority = btoa((await testAuthority()).certificatePem);
const deadKubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1", certificate-authority-data: ${authority}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
users: [{name: u, user: {token: t}}]
current-context: x
`;

/** As upstream's program printed it on such a machine, but for the objects that it makes up for itself. */
const upstream = `[reset] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[reset] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.
[dryrun] Would perform action GET on resource "configmaps" in API group "core/v1"
[dryrun] Resource name "kubeadm-config", namespace "kube-system"
[dryrun] Real object does not exist. Attempting to GET from followup reactors or from the fake client tracker
[preflight] Running pre-flight checks
[dryrun] Would stop the kubelet service
[dryrun] Would unmount mounted directories in "/var/lib/kubelet"
[dryrun] Would remove Kubernetes-managed containers
[dryrun] Would delete contents of directories: [/etc/kubernetes/manifests /etc/kubernetes/pki]
[dryrun] Would delete files: [/etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/controller-manager.conf /etc/kubernetes/scheduler.conf]

The reset process does not perform cleanup of CNI plugin configuration,
network filtering rules and kubeconfig files.

For information on how to perform this cleanup manually, please see:
    https://k8s.io/docs/reference/setup-tools/kubeadm/kubeadm-reset/

`;

it("a dry run of reset asks the cluster first, continues without it, and changes nothing", async () => {
  const socket = "unix:///run/containerd/containerd.sock";
  const host = memoryHost({ files: { "/etc/kubernetes/admin.conf": deadKubeconfig }, clock: { automatic: true } });
  const before = host.files.snapshot();
  const ports = memoryPorts({
    host,
    connectContainerRuntime: async () => memoryContainerRuntimes({ [socket]: memoryRuntime() }),
  });
  const status = await main(["reset", "--dry-run", "--cri-socket", socket], ports);
  expect({ status, files: host.files.snapshot() }).toEqual({ status: 0, files: before });
  expect(ports.stdout.text().slice(0, upstream.length)).toBe(upstream);
  expect(ports.stderr.text()).toContain(
    "[dryrun] https://127.0.0.1:1 cannot be reached; the dry run continues without it",
  );
});

it.each([
  [["reset", "all"], 'the argument "all" is ignored: "kubeadm reset" accepts none'],
  [
    ["reset", "phase", "cleanup-node", "force", "a\u001bb"],
    'the arguments "force", "a\\x1bb" are ignored: "kubeadm reset phase cleanup-node" accepts none',
  ],
])("%j continues with a warning about words that mean nothing, as scripts may have them", async (line, warning) => {
  const socket = "unix:///run/containerd/containerd.sock";
  const ports = memoryPorts({
    host: memoryHost({ clock: { automatic: true } }),
    connectContainerRuntime: async () => memoryContainerRuntimes({ [socket]: memoryRuntime() }),
  });
  const status = await main([...line, "--dry-run", "--cri-socket", socket], ports);
  expect(status, ports.stderr.text()).toBe(0);
  expect(ports.stderr.text()).toContain(`] ${warning}\n`);
});
