import { throwIfAborted } from "../../../async/signal.ts";
import type { ConnectTransport } from "../../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../../cri/container-runtime.ts";
import { withContext } from "../../../errors/kubeadm-error.ts";
import type { ConnectEtcd } from "../../../etcd/etcd.ts";
import type { Events } from "../../../events/events.ts";
import type { UpgradeOutlook, UpgradePlan } from "../../../events/upgrade-plan.ts";
import type { Host } from "../../../host/host.ts";
import { isSeen } from "../../../host/presence.ts";
import { writeClusterConfiguration } from "../../../kubeadm/config/cluster/write-cluster-configuration.ts";
import {
  completeComponents,
  componentVersionStates,
} from "../../../kubeadm/config/components/component-configurations.ts";
import { unknownGates } from "../../../kubeadm/config/fields/feature-gates.ts";
import { ignoredChecks } from "../../../kubeadm/config/fields/ignored-checks.ts";
import { onlyArgument } from "../../../kubeadm/config/upgrade/requested-version.ts";
import { flagsByName } from "../../../kubeadm/flags/flag-table.ts";
import { requireUnmixed } from "../../../kubeadm/flags/mixed-flags.ts";
import { type UpgradePlanFlags, upgradePlanFlags } from "../../../kubeadm/flags/upgrade-plan-flags.ts";
import { coreDnsVersion, plannedCoreDns } from "../../../kubeadm/images/control-plane-images.ts";
import { adminKubeconfigPath, apiServerManifestPath } from "../../../kubeadm/paths.ts";
import { shared } from "../../../kubeadm/preflight/check.ts";
import { privilegedUser } from "../../../kubeadm/preflight/machine.ts";
import { type RunChecksOptions, runChecks } from "../../../kubeadm/preflight/run-checks.ts";
import { coreDnsChecks } from "../../../kubeadm/upgrade/checks/core-dns-checks.ts";
import { healthChecks } from "../../../kubeadm/upgrade/checks/health-checks.ts";
import { controlPlaneToUpgrade } from "../../../kubeadm/upgrade/node/control-plane-to-upgrade.ts";
import { findOutlook } from "../../../kubeadm/upgrade/outlook/outlook.ts";
import { readClusterConfiguration, readComponentConfigurations } from "../../../kubeadm/upgrade/read-configuration.ts";
import { availableUpgrades, labelsOf } from "../../../kubeadm/upgrade/versions/available-upgrades.ts";
import {
  coreDnsTag,
  type NodesByVersion,
  readClusterVersions,
} from "../../../kubeadm/upgrade/versions/cluster-versions.ts";
import { plannedUpgrade } from "../../../kubeadm/upgrade/versions/planned-upgrade.ts";
import { targetRelease } from "../../../kubeadm/upgrade/versions/target-release.ts";
import { kubernetesVersion } from "../../../kubeadm/version.ts";
import { ownMinor } from "../../../kubernetes/minors/minors.ts";
import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { defined } from "../../../values/defined.ts";
import { portFailure } from "../../port-failure.ts";
import { type OpenedCluster, withOpenedCluster } from "../opened-cluster.ts";

export interface UpgradePlanRequest {
  /** The flags of the command line. */
  readonly flags: UpgradePlanFlags;
  /** The arguments of the command line: a version or a label, or none if the newest releases are looked up. */
  readonly args: readonly string[];
  /** Whether the plan says, too, what the upgrade finds on this machine. */
  readonly findsOutlook: boolean;
}

export interface UpgradePlanPorts {
  /** Already rooted if the plan is made for another root. */
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Checks the cluster, and returns the versions to which it can be upgraded. The check of the cluster runs a Job; nothing
 * else changes. Throws KubeadmError; reports everything else as events.
 */
export async function planUpgrade(request: UpgradePlanRequest, ports: UpgradePlanPorts): Promise<UpgradePlan> {
  const { flags } = request;
  try {
    throwIfAborted(ports.signal);
    requireUnmixed(flags.given, flagsByName(upgradePlanFlags));
    const explainConfig = (error: unknown) => withContext(error, "[upgrade/upgrade config] FATAL");
    const paths = { config: flags.config, kubeconfig: flags.kubeconfig ?? adminKubeconfigPath };
    return await withOpenedCluster(paths, { ...ports, explainConfig }, async (opened) => {
      const plan = await planOpened(request, opened, ports);
      ports.events.emit("upgrade.planned", plan);
      return plan;
    });
  } catch (error) {
    throw portFailure(error);
  }
}

async function planOpened(
  { flags, args, findsOutlook }: UpgradePlanRequest,
  opened: OpenedCluster,
  ports: UpgradePlanPorts,
): Promise<UpgradePlan> {
  const { host, connectContainerRuntime, events } = ports;
  const { requests, releases, configuration } = opened;
  const section = configuration.plan;
  const checking: RunChecksOptions = {
    ignore: new Set(ignoredChecks(flags.ignorePreflightErrors ?? [], section.ignorePreflightErrors)),
    ports: { ...host, connectContainerRuntime },
    events,
    signal: requests.signal,
  };

  events.emit("upgrade.preflight.started", { command: "plan" });
  await runChecks([privilegedUser], checking);
  const readTag = shared(coreDnsTag);
  const checkCoreDns = (target: string) => runChecks(coreDnsChecks({ readTag, target }, requests), checking);
  // For the tag that the cluster's configuration sets, it has to be read before.
  const { plansForDnsTag } = ownMinor.rules;
  if (!plansForDnsTag) await checkCoreDns(coreDnsVersion);
  const state = await within("[upgrade/init config] FATAL", () => readState(opened, events));
  const { cluster } = state;
  const coreDns = plannedCoreDns(cluster);
  if (plansForDnsTag) await checkCoreDns(coreDns);
  const allowed = {
    allowsExperimental: flags.allowExperimentalUpgrades ?? section.allowExperimentalUpgrades,
    allowsReleaseCandidates: flags.allowReleaseCandidateUpgrades ?? section.allowRCUpgrades,
  };
  const named = onlyArgument(args, section.kubernetesVersion);
  const isLabel = named !== "" && parseSemanticVersion(named) === undefined;
  const labels = releases();
  // The answers arrive while the cluster is checked.
  const configured = parseSemanticVersion(cluster.kubernetesVersion);
  if (isLabel) labels.begin([named]);
  else if (named === "" && configured !== undefined) labels.begin(labelsOf(configured, allowed));
  events.emit("upgrade.health.checking", {});
  await within("[upgrade/health] FATAL", () =>
    runChecks(healthChecks(cluster, { ...requests, files: host.files }), checking),
  );
  for (const gate of unknownGates(cluster.featureGates)) events.emit("upgrade.gate.unknown", { gate, command: "plan" });
  if (flags.printConfig ?? section.printConfig) {
    events.emit("upgrade.configuration.used", { configuration: writeClusterConfiguration(cluster) });
  }

  return within("[upgrade/versions] FATAL", async () => {
    events.emit("upgrade.versions.searching", {});
    const versions = await readClusterVersions(readTag, requests);
    const requested = isLabel ? (await targetRelease(named, labels)).kubernetesVersion : named;
    const { clusterVersion, upgrades } = await availableUpgrades(
      { requested, ...allowed, versions, coreDns },
      { labels, events },
    );
    const upgradesEtcd = flags.etcdUpgrade ?? section.etcdUpgrade;
    const target = upgrades.findLast((each) => each.target.kubeadm === kubernetesVersion)?.target.kubernetes;
    const outlook =
      findsOutlook && target !== undefined
        ? await outlookOf(target, { state, kubelets: versions.kubelets, upgradesEtcd, opened }, ports)
        : undefined;
    return {
      upgrades: upgrades.map((each) => plannedUpgrade(each, { clusterVersion, versions, upgradesEtcd })),
      configurations: componentVersionStates(state.components),
      ...defined({ outlook }),
    };
  });
}

async function readState({ requests, readNode }: OpenedCluster, events: Events) {
  const cluster = await readClusterConfiguration("upgrade/config", requests);
  const components = await readComponentConfigurations(requests);
  const node = await readNode();
  // Says which of the cluster's values differ from the defaults.
  completeComponents(components, cluster, node.localAPIEndpoint.advertiseAddress, events);
  return { cluster, components, node };
}

interface OutlookParts {
  readonly state: Awaited<ReturnType<typeof readState>>;
  readonly kubelets: NodesByVersion;
  readonly upgradesEtcd: boolean;
  readonly opened: OpenedCluster;
}

/** Returns what the upgrade finds on this machine; undefined if it is no control plane. */
async function outlookOf(
  kubernetesVersion: string,
  { state, kubelets, upgradesEtcd: etcdUpgrade, opened }: OutlookParts,
  { host, connectContainerRuntime, connectEtcd }: UpgradePlanPorts,
): Promise<UpgradeOutlook | undefined> {
  const { configuration, requests } = opened;
  if (!(await isSeen(apiServerManifestPath, host.files))) return undefined;
  const { components } = state;
  const node = controlPlaneToUpgrade({
    ...{ ...state.node, timeouts: configuration.timeouts },
    cluster: { ...state.cluster, kubernetesVersion, isCi: false },
  });
  const { signal } = requests;
  // `plan` itself has no such flag.
  const { certificateRenewal } = configuration.apply;
  const subject = { node, previous: state.cluster, components, kubelets, etcdUpgrade, certificateRenewal };
  return findOutlook(subject, { ...host, connectContainerRuntime, connectEtcd, signal });
}

async function within<T>(context: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withContext(error, context);
  }
}
