import { throwIfAborted } from "../../../async/signal.ts";
import type { Cluster } from "../../../cluster/cluster.ts";
import { isKubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import { selectedEvents } from "../../../events/events.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { type Machine, type Network, NetworkError } from "../../../host/host.ts";
import type { JsonObject } from "../../../values/json.ts";
import { readComponentEndpoints } from "../../control-plane/component-endpoints.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { findCause } from "../../control-plane/find-cause.ts";
import { OwnStarts } from "../../control-plane/own-starts.ts";
import { waitForComponents } from "../../control-plane/wait-for-components.ts";
import type { ControlPlaneComponentName } from "../../control-plane/write-component-manifests.ts";
import type { Patches } from "../../patches/read-patches.ts";
import type { EtcdUpgrade, UpgradedEtcd } from "../etcd/etcd-upgrade-types.ts";
import { stopServingWithoutEtcd } from "./api-server-without-etcd.ts";
import { awaitMirrorPods, type ReadMirrorUid } from "./await-mirror-pods.ts";
import { awaitSettled } from "./await-settled.ts";
import { reportAfterMs } from "./await-static-pod.ts";
import type { ComponentCertificates } from "./component-certificates.ts";
import { newStaticPods } from "./new-static-pods.ts";
import { beginReplacement, type ReplacementSteps } from "./replace-static-pod.ts";
import { rollBackControlPlane } from "./roll-back-control-plane.ts";
import { findChange, type StaticPodChange, type StaticPodPorts } from "./static-pod-change.ts";
import type { UpgradeDirectories } from "./upgrade-directories.ts";
import { requireVisiblePods } from "./visible-pods.ts";

export interface ControlPlaneUpgrade {
  readonly node: ControlPlaneNode;
  readonly patches: Patches;
  readonly directories: UpgradeDirectories;
  readonly certificates: ComponentCertificates;
  /** Upgrades the etcd of this machine, before the API server; undefined if that is not wanted, or etcd is external. */
  readonly upgradeEtcd?: (options: Pick<EtcdUpgrade, "apiServerChanges" | "stopServing">) => Promise<UpgradedEtcd>;
}

export interface ControlPlanePorts extends StaticPodPorts {
  readonly machine: Pick<Machine, "environment">;
  readonly network: Pick<Network, "probe">;
  /** Client of this machine's API server; verifies that it is the cluster's. */
  readonly apiServer: Pick<Cluster, "health">;
  readonly readMirrorUid: ReadMirrorUid;
}

type Component = ControlPlaneComponentName;

/**
 * Upgrades the control plane of this machine: etcd, then the API server, then the controller manager and the scheduler
 * side by side. If a component does not work, or does not keep running, it and those before it are restored with their
 * certificates, and seen to work; etcd stays. An interruption restores nothing: the same run resumes.
 */
export async function upgradeControlPlane(upgrade: ControlPlaneUpgrade, ports: ControlPlanePorts): Promise<void> {
  const { certificates, directories } = upgrade;
  await requireVisiblePods(upgrade.node, ports);
  const pods = await writeNewPods(upgrade, ports);
  const changes = await findChanges(pods, directories, ports);
  await certificates.prepare([...changes.keys()]);
  const etcd = await upgradeEtcd(upgrade, changes.has("kube-apiserver"), ports);
  const begun: StaticPodChange[] = [];
  const uids = new Map<Component, string>();
  const replace = (...components: readonly Component[]) =>
    replaceSideBySide(components, { upgrade, changes, begun, uids }, ports);
  const since = ports.clock.now();
  try {
    await replace("kube-apiserver");
    await replace("kube-controller-manager", "kube-scheduler");
    // The API server, which started first, is looked at last.
    for (const component of [...uids.keys()].toReversed()) {
      uids.set(component, await keepsRunning(component, since, upgrade.node, ports));
    }
  } catch (error) {
    throwIfAborted(ports.signal);
    const failure = await rollBackControlPlane(
      { error, begun, certificates, directories, stepsOf: (name) => stepsOf(name, upgrade, ports) },
      ports,
    );
    // The previous API server works with the new etcd, too.
    if (failure.code === "UPGRADE_COMPONENT_FAILED") await warnIfFails(async () => etcd?.settle(), ports);
    throw failure;
  }
  await etcd?.settle();
  await certificates.renewAdministrators();
  await awaitMirrorPods(uids, upgrade.node.timeouts.upgradeManifests, ports);
  for (const path of [directories.upgradedManifests, directories.oldCertificates]) {
    await ports.files.remove(path, { recursive: true });
  }
  // An etcd that is external, or was not replaced, has nothing in it.
  await ports.files.remove(directories.etcd, { ifEmpty: true });
}

/** The API server restarts with etcd: it is seen to work again unless it is replaced next, also if etcd was restored. */
async function upgradeEtcd(
  { upgradeEtcd: run, node }: ControlPlaneUpgrade,
  apiServerChanges: boolean,
  ports: ControlPlanePorts,
): Promise<UpgradedEtcd | undefined> {
  const awaitApiServer = () => becomesHealthy("kube-apiserver", node.timeouts.upgradeManifests, node, ports);
  const stopServing = () => stopServingWithoutEtcd(() => refusesConnections(node, ports), ports);
  let upgraded: UpgradedEtcd | undefined;
  try {
    upgraded = await run?.({ apiServerChanges, stopServing });
  } catch (error) {
    throwIfAborted(ports.signal);
    if (isKubeadmError(error) && error.code === "UPGRADE_ETCD_FAILED") await warnIfFails(awaitApiServer, ports);
    throw error;
  }
  if (run !== undefined && !apiServerChanges) await awaitApiServer();
  return upgraded;
}

/** The failure of the upgrade is what counts. */
async function warnIfFails(wait: () => Promise<void>, { events, signal }: ControlPlanePorts): Promise<void> {
  try {
    await wait();
  } catch (error) {
    throwIfAborted(signal);
    events.emit("warning", { area: "upgrade/staticpods", message: messageOf(error) });
  }
}

/** Writes the new Pods to a directory, where an operator finds them after a failure. */
async function writeNewPods(
  { node, patches, directories }: ControlPlaneUpgrade,
  ports: ControlPlanePorts,
): Promise<ReadonlyMap<Component, JsonObject>> {
  const directory = directories.upgradedManifests;
  ports.events.emit("upgrade.manifests.writing", { directory });
  const pods = await newStaticPods(node, patches, ports);
  for (const [component, pod] of pods) {
    await ports.files.write(`${directory}/${component}.yaml`, writeYaml(pod), { mode: 0o600, secret: true });
  }
  return pods;
}

async function findChanges(
  pods: ReadonlyMap<Component, JsonObject>,
  { oldManifests }: UpgradeDirectories,
  ports: StaticPodPorts,
): Promise<ReadonlyMap<Component, StaticPodChange>> {
  const changes = new Map<Component, StaticPodChange>();
  for (const [component, pod] of pods) {
    const change = await findChange({ component, pod, backupDirectory: oldManifests }, ports);
    if (change !== undefined) changes.set(component, change);
  }
  return changes;
}

interface Progress {
  readonly upgrade: ControlPlaneUpgrade;
  readonly changes: ReadonlyMap<Component, StaticPodChange>;
  /** Gains the changes that may have touched a component. */
  readonly begun: StaticPodChange[];
  /** Gains the UIDs of the new Pods. */
  readonly uids: Map<Component, string>;
}

async function replaceSideBySide(
  components: readonly Component[],
  { upgrade, changes, begun, uids }: Progress,
  ports: ControlPlanePorts,
): Promise<void> {
  const over = new AbortController();
  const inTime = { ...ports, signal: AbortSignal.any([ports.signal, over.signal]) };
  const waits: (() => Promise<void>)[] = [];
  for (const component of components) {
    ports.events.emit("upgrade.static-pod.preparing", { component });
    const change = changes.get(component);
    if (change === undefined) {
      ports.events.emit("upgrade.static-pod.equal", { component });
      continue;
    }
    begun.push(change);
    const { awaitReplaced } = await beginReplacement(change, stepsOf(component, upgrade, inTime), inTime);
    waits.push(async () => void uids.set(component, await awaitReplaced()));
  }
  const ends = await Promise.allSettled(
    waits.map((wait) =>
      wait().catch((error: unknown) => {
        // All are restored if one fails: the others need not be awaited.
        over.abort(error);
        throw error;
      }),
    ),
  );
  throwIfAborted(ports.signal);
  const failed = ends.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw over.signal.reason;
}

/** What is particular to a component when it is replaced or restored. */
function stepsOf(
  component: Component,
  { node, certificates }: Pick<ControlPlaneUpgrade, "node" | "certificates">,
  ports: ControlPlanePorts,
): ReplacementSteps {
  return {
    timeoutMs: node.timeouts.upgradeManifests,
    prepare: () => certificates.renew(component),
    ...(component === "kube-apiserver" ? { hasStoppedServing: () => refusesConnections(node, ports) } : {}),
    becomesHealthy: (timeoutMs) => becomesHealthy(component, timeoutMs, node, ports),
  };
}

/** A component that exits after some seconds was healthy before that. Returns the UID of its Pod. */
async function keepsRunning(
  component: Component,
  since: Date,
  node: ControlPlaneNode,
  ports: ControlPlanePorts,
): Promise<string> {
  const timeoutMs = node.timeouts.upgradeManifests;
  const isHealthy = (remainingMs: number) => becomesHealthy(component, remainingMs, node, ports);
  return awaitSettled({ component, since, timeoutMs, becomesHealthy: isHealthy }, ports);
}

/** The API server counts when it takes requests of every kind: the other components, and kubeadm, need it next. */
async function becomesHealthy(
  component: Component,
  timeoutMs: number,
  node: ControlPlaneNode,
  ports: ControlPlanePorts,
): Promise<void> {
  const { apiServer, network, clock, signal, files } = ports;
  const ownStarts = new OwnStarts(clock.now());
  const endpoints = (await readComponentEndpoints([component], node, files)).map((endpoint) => {
    if (component !== "kube-apiserver") return endpoint;
    return { ...endpoint, path: "/readyz", url: endpoint.url.replace(endpoint.path, "/readyz") };
  });
  const events = selectedEvents(ports.events, "wait.progress", "wait.action", "wait.finished");
  const diagnose = findCause(node, { ...ports, ownStarts });
  // A component that starts needs some seconds, in which the reasons change.
  await waitForComponents(
    { endpoints, timeoutMs, reportAfterMs },
    { apiServer, network, clock, events, signal, diagnose },
  );
}

async function refusesConnections(
  node: ControlPlaneNode,
  { files, network, signal }: ControlPlanePorts,
): Promise<boolean> {
  const [endpoint] = await readComponentEndpoints(["kube-apiserver"], node, files);
  if (endpoint === undefined) return false;
  try {
    await network.probe(endpoint.url, { signal, timeoutMs: probeTimeoutMs });
    return false;
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof NetworkError)) throw error;
    return error.code === "refused";
  }
}

const probeTimeoutMs = 1_000;
