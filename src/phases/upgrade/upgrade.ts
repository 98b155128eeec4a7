import type { Host } from "../../host/host.ts";
import type { RunIdentity } from "../../journal/journal.ts";
import { nodeNameFrom } from "../../kubeadm/config/fields/node-name.ts";
import type { UpgradeOptions } from "../../kubeadm/config/upgrade/upgrade-options.ts";
import { isBackupDirectory } from "../../kubeadm/upgrade/backups/backup-directory.ts";
import { isUpgrade } from "../../kubeadm/upgrade/node/machine-role.ts";
import { withLeadingV } from "../../kubernetes/semantic-version.ts";
import { fieldDigests } from "../field-digests.ts";
import { controlPlanePhase, type UpgradeRun } from "./context.ts";
import { lookEarly } from "./early-looks.ts";
import { clusterWrites, upgradedNode } from "./facts.ts";

/** What `upgrade apply` and `upgrade node` return. */
export interface UpgradeResult {
  /** Name of the Node. */
  readonly nodeName: string;
  /** Whether the machine is a control plane. */
  readonly controlPlane: boolean;
  /** The version that the machine has been upgraded to, with a leading v. The kubelet is upgraded by its package. */
  readonly kubernetesVersion: string;
  /** Whether nothing was changed (--dry-run). */
  readonly dryRun: boolean;
}

/**
 * What `upgrade apply` and `upgrade node` have in common. An upgrade with other options, or by the other command, replaces
 * an unfinished one: its phases find what that one has left. A refused one changes nothing.
 */
export const upgradeParts = {
  identity,
  replacement: {
    of: isUpgrade,
    // Certificates and backups of static Pods that are half replaced are those of the run that began with it.
    keepsStart: (phase: string) => phase === controlPlanePhase,
  },
  dryRun: () => ({ requiresCluster: true }),
};

/** What makes two upgrades the same; one with another configuration does all phases again. */
function identity(options: UpgradeOptions, { machine }: Host): RunIdentity {
  const { apply, certificateRenewal, etcdUpgrade, patchesDirectory } = options;
  return {
    command: apply === undefined ? "upgrade node" : "upgrade apply",
    role: options.role,
    // What the cluster calls the Node is not known before it answers.
    nodeName: nodeNameFrom(machine.hostname),
    target: apply?.requestedVersion ?? "",
    configuration: fieldDigests({
      certificateRenewal,
      etcdUpgrade,
      patches: patchesDirectory,
      kubernetesVersion: apply === undefined ? undefined : withLeadingV(apply.requestedVersion),
    }),
  };
}

/** Does what comes before the cluster is read. */
export async function beginUpgrade(run: UpgradeRun): Promise<void> {
  const { dryRun, kubeconfigPath } = run.context.options;
  if (dryRun) run.events.emit("dryrun.client", { path: kubeconfigPath });
  await nameBackups(run);
  await clusterWrites(run);
  lookEarly(run);
}

/** Tells the end of a dry run, or what remains to be done. Returns the result. */
export async function finishUpgrade({ context, events, value }: UpgradeRun): Promise<UpgradeResult> {
  const { nodeName, cluster, localAPIEndpoint } = await value(upgradedNode);
  const { dryRun } = context.options;
  const { kubernetesVersion } = cluster;
  if (context.only === undefined) {
    if (dryRun) events.emit("upgrade.dry-run.finished", {});
    else events.emit("upgrade.kubelet.remaining", { nodeName, kubernetesVersion });
  }
  return { nodeName, controlPlane: localAPIEndpoint !== undefined, kubernetesVersion, dryRun };
}

/** Names the backups of the run that this one continues. */
async function nameBackups({ context: { record, host }, events }: UpgradeRun): Promise<void> {
  const directories: string[] = [];
  for (const path of record?.keptPaths() ?? []) {
    if (isBackupDirectory(path) && (await host.files.status(path)) !== undefined) directories.push(path);
  }
  if (directories.length > 0) events.emit("upgrade.backups.kept", { directories });
}
