import { isKubeadmError, KubeadmError, withContext } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { systemNamespace } from "../../../kubeadm/cluster-objects/rbac.ts";
import { kubeadmConfigName } from "../../../kubeadm/cluster-objects/upload-configuration.ts";
import { writeClusterConfiguration } from "../../../kubeadm/config/cluster/write-cluster-configuration.ts";
import { resolveUpgradeApplyOptions } from "../../../kubeadm/config/upgrade/upgrade-options.ts";
import type { UpgradeApplyFlags } from "../../../kubeadm/flags/upgrade-apply-flags.ts";
import { portFailure } from "../../port-failure.ts";
import type { UpgradeRun } from "../context.ts";
import { target, upgradedNode } from "../facts.ts";
import { runUpgrade, type UpgradePorts, type UpgradeResult } from "../run-upgrade.ts";
import type { UpgradedNode } from "../upgraded-node.ts";
import { upgradeApplyPhases } from "./index.ts";

export interface UpgradeApplyRequest {
  /** The flags of the command line. */
  readonly flags: UpgradeApplyFlags;
  /** The arguments of the command line: the version, or none if the configuration file names it. */
  readonly args: readonly string[];
  /** Full name of the only phase to run; the whole upgrade if undefined. */
  readonly only?: string;
}

/**
 * Upgrades the cluster's first control plane node, and with it the cluster's configuration, or runs one phase of that.
 * Throws KubeadmError; reports everything else as events.
 */
export async function upgradeApply(request: UpgradeApplyRequest, ports: UpgradePorts): Promise<UpgradeResult> {
  try {
    return await applyOnce(request, ports);
  } catch (error) {
    throw portFailure(error);
  }
}

async function applyOnce({ flags, args, only }: UpgradeApplyRequest, ports: UpgradePorts): Promise<UpgradeResult> {
  const { events, host } = ports;
  const isSinglePhase = only !== undefined;
  const options = await resolveUpgradeApplyOptions(flags, args, { isSinglePhase }, { files: host.files, events });
  const [role, waitMs] = ["control-plane" as const, flags.wait ?? 0];
  return runUpgrade(upgradeApplyPhases, { options, role, only, waitMs, begin: readNode, finish }, ports);
}

async function finish({ events, value }: UpgradeRun): Promise<void> {
  const { cluster } = await value(upgradedNode);
  events.emit("upgrade.finished", { kubernetesVersion: cluster.kubernetesVersion });
}

async function readNode(run: UpgradeRun): Promise<UpgradedNode> {
  const { context, events, value } = run;
  // A version that does not exist ends the run before the cluster is asked.
  await value(target);
  try {
    const node = await value(upgradedNode);
    if (context.options.apply?.printsConfiguration === true) {
      events.emit("upgrade.configuration.used", { configuration: writeClusterConfiguration(node.cluster) });
    }
    return node;
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
