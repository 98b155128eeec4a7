import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { ClusterWritePorts } from "../../../kubeadm/cluster-objects/write-objects.ts";
import { unknownGates } from "../../../kubeadm/config/fields/feature-gates.ts";
import type { ApplyOptions } from "../../../kubeadm/config/upgrade/upgrade-options.ts";
import { plannedCoreDns } from "../../../kubeadm/images/control-plane-images.ts";
import { type RunChecksOptions, runChecks } from "../../../kubeadm/preflight/run-checks.ts";
import { coreDnsChecks } from "../../../kubeadm/upgrade/checks/core-dns-checks.ts";
import { healthChecks, healthChecksOfDryRun } from "../../../kubeadm/upgrade/checks/health-checks.ts";
import { coreDnsTag } from "../../../kubeadm/upgrade/versions/cluster-versions.ts";
import { enforceVersionPolicy } from "../../../kubeadm/upgrade/versions/enforce-version-policy.ts";
import { requireDeployableVersion } from "../../../kubeadm/upgrade/versions/version-policy.ts";
import { pullControlPlaneImages, reportImagesToPull } from "../../pull-control-plane-images.ts";
import { defineUpgradePhase, type UpgradeFact, type UpgradeRun } from "../context.ts";
import { clusterWrites, controlPlaneNode, upgradedNode } from "../facts.ts";
import { checkingOf, checkMachine, isInPieces } from "../preflight-checking.ts";
import type { UpgradedNode } from "../upgraded-node.ts";

export const preflight = defineUpgradePhase({
  name: "preflight",
  summary: "Run pre-flight checks for the upgrade of the cluster",
  flags: [
    ...["config", "dry-run", "kubeconfig", "force", "ignore-preflight-errors", "yes"],
    ...["allow-experimental-upgrades", "allow-release-candidate-upgrades"],
  ],
  writes: ["images of the container runtime"],
  reads: { node: upgradedNode, controlPlane: controlPlaneNode },
  resumption: "repeat",
  async run({ node, controlPlane }, run) {
    const { prefetch, value } = run;
    const { yes, force } = applyOptions(run);
    const asks = !yes && !force;
    const checking = checkingOf(run);
    await checkMachine("apply", node.criSocket, run);
    const { kubernetesVersion } = node.cluster;
    if (isInPieces(kubernetesVersion, run)) return pullControlPlaneImages(controlPlane, checking, "upgrade/preflight");
    const showPolicy = prefetch(allowedVersion);
    // No images are pulled before the user has agreed.
    const showPull = asks ? () => undefined : prefetch(pulledImages);
    await checkCluster(node, checking, { requests: await clusterWrites(run), health: healthChecks });
    showPolicy();
    await value(allowedVersion);
    if (asks) await confirm(run);
    showPull();
    await value(pulledImages);
  },
  async dryRun({ node }, run) {
    await checkMachine("apply", node.criSocket, run);
    const requests = await clusterWrites(run);
    await checkCluster(node, checkingOf(run), { requests, health: healthChecksOfDryRun });
    await run.value(allowedVersion);
    reportImagesToPull(run.events, "dryrun");
  },
});

/** Whether the cluster may get the version. Loading it throws if it may not. */
const allowedVersion: UpgradeFact<void> = {
  name: "version policy",
  load: async (run) => requireVersion(await run.value(upgradedNode), applyOptions(run), await clusterWrites(run)),
};

/** The images of a version that the policy allows, on this machine. */
const pulledImages: UpgradeFact<void> = {
  name: "images of the control plane",
  load: async (run) => {
    await run.value(allowedVersion);
    await pullControlPlaneImages(await run.value(controlPlaneNode), checkingOf(run), "upgrade/preflight");
  },
};

function applyOptions({ context }: UpgradeRun): ApplyOptions {
  const { apply } = context.options;
  if (apply === undefined) throw new TypeError("only upgrade apply has this phase");
  return apply;
}

async function checkCluster(
  { cluster }: UpgradedNode,
  checking: RunChecksOptions,
  { requests, health }: { readonly requests: ClusterWritePorts; readonly health: typeof healthChecks },
): Promise<void> {
  const { events, ports } = checking;
  await runChecks(coreDnsChecks({ readTag: coreDnsTag, target: plannedCoreDns(cluster) }, requests), checking);
  events.emit("upgrade.health.checking", {});
  await runChecks(health(cluster, { ...requests, files: ports.files }), checking);
  for (const gate of unknownGates(cluster.featureGates))
    events.emit("upgrade.gate.unknown", { gate, command: "apply" });
}

/** Throws if the cluster must not get the version. */
async function requireVersion(
  { cluster: { kubernetesVersion: requested } }: UpgradedNode,
  { force, allowsExperimental, allowsReleaseCandidates }: ApplyOptions,
  ports: ClusterWritePorts,
): Promise<void> {
  requireDeployableVersion(requested, (branch) => `Choose a release of ${branch} or newer.`);
  await enforceVersionPolicy({ requested, force, allowsExperimental, allowsReleaseCandidates }, ports);
}

async function confirm({ context, events, signal }: UpgradeRun): Promise<void> {
  events.emit("upgrade.question", { question: "Are you sure you want to proceed?" });
  const answer = (await context.readLine(signal))?.toLowerCase();
  if (answer === "y" || answer === "yes") return;
  const refusal = "won't proceed; the user didn't answer (Y|y) in order to continue";
  throw new KubeadmError("UPGRADE_NOT_CONFIRMED", refusal);
}
