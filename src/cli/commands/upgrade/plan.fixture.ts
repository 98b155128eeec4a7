// What `upgrade plan` prints for a cluster of test/support/upgrade/old-cluster.ts with two more nodes.
import { addNode, type OldCluster, startOldCluster } from "../../../../test/support/upgrade/old-cluster.ts";

/** A cluster of 1.36.3 with a worker of that version and an older one. */
export async function startPlannedCluster(): Promise<OldCluster> {
  const cluster = await startOldCluster();
  addNode(cluster.controlPlane, "worker-1", { kubelet: "v1.35.4" });
  addNode(cluster.controlPlane, "worker-2");
  return cluster;
}

/** The message of the command's error. */
export const messageOf = (stderr: string) => /^error: (.*)$/m.exec(stderr)?.[1];

/** As upstream's program printed it for such a cluster, but for the order of kubelets: the API server sorts Nodes here. */
export const upstream = `[preflight] Running pre-flight checks.
[upgrade/config] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[upgrade/config] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.
[upgrade] Running cluster health checks
[upgrade] Fetching available versions to upgrade to
[upgrade/versions] Cluster version: 1.36.3
[upgrade/versions] kubeadm version: v1.37.2
[upgrade/versions] Target version: v1.37.2
[upgrade/versions] Latest version in the v1.36 series: v1.37.2

Components that must be upgraded manually after you have upgraded the control plane with 'kubeadm upgrade apply':
COMPONENT   NODE       CURRENT   TARGET
kubelet     worker-1   v1.35.4   v1.37.2
kubelet     cp1        v1.36.3   v1.37.2
kubelet     worker-2   v1.36.3   v1.37.2

Upgrade to the latest version in the v1.36 series:

COMPONENT                 NODE      CURRENT   TARGET
kube-apiserver            cp1       v1.36.3   v1.37.2
kube-controller-manager   cp1       v1.36.3   v1.37.2
kube-scheduler            cp1       v1.36.3   v1.37.2
kube-proxy                          1.36.3    v1.37.2
CoreDNS                             v1.14.2   v1.14.6
etcd                      cp1       3.6.8-0   3.7.0-0

You can now apply the upgrade by executing the following command:

	kubeadm upgrade apply v1.37.2

_____________________________________________________________________


The table below shows the current state of component configs as understood by this version of kubeadm.
Configs that have a "yes" mark in the "MANUAL UPGRADE REQUIRED" column require manual config upgrade or
resetting to kubeadm defaults before a successful upgrade can be performed. The version to manually
upgrade to is denoted in the "PREFERRED VERSION" column.

API GROUP                 CURRENT VERSION   PREFERRED VERSION   MANUAL UPGRADE REQUIRED
kubeproxy.config.k8s.io   v1alpha1          v1alpha1            no
kubelet.config.k8s.io     v1beta1           v1beta1             no
_____________________________________________________________________

`;

/** What upstream prints, too: everything before the outlook of this machine. */
export const tablesOf = (stdout: string) => stdout.split("What the upgrade to ")[0];
