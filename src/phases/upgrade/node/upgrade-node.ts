import { withContext } from "../../../errors/kubeadm-error.ts";
import { resolveUpgradeNodeOptions, type UpgradeOptions } from "../../../kubeadm/config/upgrade/upgrade-options.ts";
import { type UpgradeNodeFlags, upgradeNodeFlags } from "../../../kubeadm/flags/upgrade-node-flags.ts";
import { roleOfMachine } from "../../../kubeadm/upgrade/node/machine-role.ts";
import type { Phase } from "../../../workflow/phase.ts";
import { unfinishedRunOf } from "../../recorded-run.ts";
import { defineWorkflow, type WorkflowPorts, type WorkflowRequest } from "../../workflow.ts";
import { addon } from "../addon.ts";
import type { UpgradeContext, UpgradeRun } from "../context.ts";
import { controlPlane } from "../control-plane.ts";
import { upgradedNode } from "../facts.ts";
import { kubeconfig } from "../kubeconfig.ts";
import { kubeletConfig } from "../kubelet-config.ts";
import { postUpgrade } from "../post-upgrade.ts";
import { beginUpgrade, finishUpgrade, upgradeParts } from "../upgrade.ts";
import { preflight } from "./preflight.ts";

/** The phases of `upgrade node`, in order. A worker skips those of a control plane, and says so. */
const phases: readonly Phase<UpgradeContext>[] = [
  preflight,
  controlPlane,
  kubeconfig,
  kubeletConfig,
  addon,
  postUpgrade,
];

/** Upgrades this node to the version of its cluster. */
export const upgradeNodeWorkflow = defineWorkflow({
  ...upgradeParts,
  name: "upgrade node",
  description: `Upgrades this node to the version of its cluster, after "kubeadm upgrade apply" on the first control plane node: on another control plane node its static Pods, as "kubeadm upgrade apply" does; on every node the kubelet's configuration. The previous files are kept below /etc/kubernetes/tmp. Afterwards drain the node, install the new kubelet, and restart it.

Upgrade control plane nodes one after the other; workers may be upgraded at the same time.`,
  args: { kind: "none" },
  flags: upgradeNodeFlags,
  phases,
  resolve: resolved,
  checksKubelet: true,
  begin: async (run) => {
    await beginUpgrade(run);
    await readNode(run);
  },
  finish: finishUpgrade,
});

async function resolved(
  { flags, only }: WorkflowRequest<UpgradeNodeFlags>,
  { host, events }: WorkflowPorts,
): Promise<UpgradeOptions> {
  const role = await roleOfMachine(host.files, await unfinishedRunOf(host));
  const scope = { isSinglePhase: only !== undefined, role };
  return resolveUpgradeNodeOptions(flags, scope, { files: host.files, events });
}

async function readNode({ value }: UpgradeRun): Promise<void> {
  try {
    await value(upgradedNode);
  } catch (error) {
    throw withContext(error, "unable to fetch the kubeadm-config ConfigMap");
  }
}
