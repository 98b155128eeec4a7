import { isKubeadmError, KubeadmError, withContext } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { systemNamespace } from "../../../kubeadm/cluster-objects/rbac.ts";
import { kubeadmConfigName } from "../../../kubeadm/cluster-objects/upload-configuration.ts";
import { writeClusterConfiguration } from "../../../kubeadm/config/cluster/write-cluster-configuration.ts";
import { resolveUpgradeApplyOptions, type UpgradeOptions } from "../../../kubeadm/config/upgrade/upgrade-options.ts";
import { type UpgradeApplyFlags, upgradeApplyFlags } from "../../../kubeadm/flags/upgrade-apply-flags.ts";
import type { Phase } from "../../../workflow/phase.ts";
import { defineWorkflow, type WorkflowPorts, type WorkflowRequest } from "../../workflow.ts";
import { addon } from "../addon.ts";
import type { UpgradeContext, UpgradeRun } from "../context.ts";
import { controlPlane } from "../control-plane.ts";
import { target, upgradedNode } from "../facts.ts";
import { kubeconfig } from "../kubeconfig.ts";
import { kubeletConfig } from "../kubelet-config.ts";
import { postUpgrade } from "../post-upgrade.ts";
import { beginUpgrade, finishUpgrade, upgradeParts } from "../upgrade.ts";
import { bootstrapToken } from "./bootstrap-token.ts";
import { preflight } from "./preflight.ts";
import { uploadConfig } from "./upload-config.ts";

/** The phases of `upgrade apply`, in order. Each one also needs the version when it runs alone. */
const phases: readonly Phase<UpgradeContext>[] = [
  preflight,
  controlPlane,
  uploadConfig,
  kubeconfig,
  kubeletConfig,
  bootstrapToken,
  addon,
  postUpgrade,
];

/** Upgrades the cluster's first control plane node, and with it the cluster's configuration. */
export const upgradeApplyWorkflow = defineWorkflow({
  ...upgradeParts,
  name: "upgrade apply",
  description: `Upgrades the cluster to a version, starting with this control plane node: its etcd member, then its API server, then its controller manager and scheduler in parallel, with their certificates; then the configuration that the cluster stores. Use the kubeadm of the new version. The version is that of the argument, or of apply.kubernetesVersion in the file of --config; labels such as stable are looked up on the internet.

If a component fails in the new version, its previous version is restored and checked. Manifests and etcd's data are backed up to /etc/kubernetes/tmp first. To resume an interrupted run, run the same command again.

Afterwards run "kubeadm upgrade node" on each other control plane node, one after the other, then on the workers. CoreDNS and kube-proxy are upgraded with the last control plane node. On each node: drain it, install the new kubelet, and restart the kubelet.`,
  args: { kind: "any", shown: "[version]" },
  flags: upgradeApplyFlags,
  phases,
  resolve: resolved,
  begin: async (run) => {
    await beginUpgrade(run);
    await readNode(run);
  },
  finish: async (run) => {
    const result = await finishUpgrade(run);
    const { kubernetesVersion, dryRun } = result;
    if (run.context.only === undefined && !dryRun) run.events.emit("upgrade.finished", { kubernetesVersion });
    return result;
  },
});

async function resolved(
  { flags, args = [], only }: WorkflowRequest<UpgradeApplyFlags>,
  { host, events }: WorkflowPorts,
): Promise<UpgradeOptions> {
  const scope = { isSinglePhase: only !== undefined };
  return resolveUpgradeApplyOptions(flags, args, scope, { files: host.files, events });
}

async function readNode(run: UpgradeRun): Promise<void> {
  const { context, events, value } = run;
  // A version that does not exist ends the run before any request to the cluster.
  await value(target);
  try {
    const node = await value(upgradedNode);
    if (context.options.apply?.printsConfiguration === true) {
      events.emit("upgrade.configuration.used", { configuration: writeClusterConfiguration(node.cluster) });
    }
  } catch (error) {
    throw withContext(explainAbsence(error, run), "[upgrade] FATAL");
  }
}

/** A cluster without kubeadm-config gets upstream's words. Upstream says the same of other objects that are missing. */
function explainAbsence(error: unknown, { events }: UpgradeRun): unknown {
  if (!isKubeadmError(error)) return error;
  const { details } = error;
  if (details["configMap"] !== kubeadmConfigName || details["isAbsent"] !== true) return error;
  events.emit("upgrade.configuration.missing", { configMap: kubeadmConfigName, namespace: systemNamespace });
  const where = `the ConfigMap ${goQuote(kubeadmConfigName)} in the ${goQuote(systemNamespace)} namespace`;
  return new KubeadmError(error.code, `${where} was not found`, { cause: error, details, remedy: error.remedy });
}
