import { withContext } from "../../../errors/kubeadm-error.ts";
import { resolveUpgradeNodeOptions } from "../../../kubeadm/config/upgrade/upgrade-options.ts";
import type { UpgradeNodeFlags } from "../../../kubeadm/flags/upgrade-node-flags.ts";
import { roleOfMachine } from "../../../kubeadm/upgrade/node/machine-role.ts";
import { portFailure } from "../../port-failure.ts";
import { unfinishedRunOf } from "../../recorded-run.ts";
import type { UpgradeRun } from "../context.ts";
import { upgradedNode } from "../facts.ts";
import { runUpgrade, type UpgradePorts, type UpgradeResult } from "../run-upgrade.ts";
import type { UpgradedNode } from "../upgraded-node.ts";
import { upgradeNodePhases } from "./index.ts";

export interface UpgradeNodeRequest {
  /** The flags of the command line. */
  readonly flags: UpgradeNodeFlags;
  /** Full name of the only phase to run; the whole upgrade if undefined. */
  readonly only?: string;
}

/** Upgrades this node, or runs one phase of that. Throws KubeadmError; reports everything else as events. */
export async function upgradeNode(request: UpgradeNodeRequest, ports: UpgradePorts): Promise<UpgradeResult> {
  try {
    return await upgradeOnce(request, ports);
  } catch (error) {
    throw portFailure(error);
  }
}

async function upgradeOnce({ flags, only }: UpgradeNodeRequest, ports: UpgradePorts): Promise<UpgradeResult> {
  const { events, host } = ports;
  const role = await roleOfMachine(host.files, await unfinishedRunOf(host));
  const scope = { isSinglePhase: only !== undefined, isControlPlane: role === "control-plane" };
  const options = await resolveUpgradeNodeOptions(flags, scope, { files: host.files, events });
  const waitMs = flags.wait ?? 0;
  return runUpgrade(upgradeNodePhases, { options, role, only, waitMs, begin: readNode }, ports);
}

async function readNode({ value }: UpgradeRun): Promise<UpgradedNode> {
  try {
    return await value(upgradedNode);
  } catch (error) {
    throw withContext(error, "unable to fetch the kubeadm-config ConfigMap");
  }
}
