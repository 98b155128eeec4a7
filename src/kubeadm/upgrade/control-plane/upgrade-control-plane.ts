import { throwIfAborted } from "../../../async/signal.ts";
import type { Cluster } from "../../../cluster/cluster.ts";
import { isKubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import { selectedEvents } from "../../../events/events.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import type { Machine, Network } from "../../../host/host.ts";
import type { JsonObject } from "../../../values/json.ts";
import { readComponentEndpoints } from "../../control-plane/component-endpoints.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { findCause } from "../../control-plane/find-cause.ts";
import { OwnStarts } from "../../control-plane/own-starts.ts";
import { stopServingWithoutEtcd } from "../../control-plane/replacement/api-server-without-etcd.ts";
import { reportAfterMs } from "../../control-plane/replacement/await-static-pod.ts";
import { findChange } from "../../control-plane/replacement/find-change.ts";
import { StaticPodReplacement } from "../../control-plane/replacement/replace-static-pod.ts";
import type { ReplacementSteps } from "../../control-plane/replacement/replacement.ts";
import type { StaticPodPorts } from "../../control-plane/replacement/running-pods.ts";
import { waitForComponents } from "../../control-plane/wait-for-components.ts";
import type { ControlPlaneComponentName } from "../../control-plane/write-component-manifests.ts";
import type { Patches } from "../../patches/read-patches.ts";
import type { EtcdUpgrade, UpgradedEtcd } from "../etcd/etcd-upgrade-types.ts";
import { awaitMirrorPods, type ReadMirrorUid } from "./await-mirror-pods.ts";
import type { ComponentCertificates } from "./component-certificates.ts";
import { newStaticPods } from "./new-static-pods.ts";
import { groups, rollBackControlPlane } from "./roll-back-control-plane.ts";
import type { UpgradeDirectories } from "./upgrade-directories.ts";
import { probeFailure, requireVisiblePods } from "./visible-pods.ts";

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
 * in parallel. If a component does not work, or does not keep running, it and those before it are restored with their
 * certificates, and seen to work; etcd stays. An interruption restores nothing: the same run resumes.
 */
export async function upgradeControlPlane(upgrade: ControlPlaneUpgrade, ports: ControlPlanePorts): Promise<void> {
  const { certificates, directories, node } = upgrade;
  await requireVisiblePods(node, ports);
  const replacements = await findReplacements(await writeNewPods(upgrade, ports), directories, ports);
  await certificates.prepare([...replacements.keys()]);
  const etcd = await upgradeEtcd(upgrade, replacements.has("kube-apiserver"), ports);
  const uids = new Map<Component, string>();
  const since = ports.clock.now();
  try {
    for (const group of groups) await replaceSideBySide(group, replacements, upgrade, ports);
    // The API server, which started first, is looked at last.
    for (const [component, replacement] of [...replacements].toReversed()) {
      uids.set(component, await replacement.settle(since, stepsOf(component, upgrade, ports), ports));
    }
  } catch (error) {
    throwIfAborted(ports.signal);
    const touched = new Map([...replacements].filter(([, { state }]) => state.name !== "found"));
    const failure = await rollBackControlPlane(
      { error, touched, certificates, directories, stepsOf: (name) => stepsOf(name, upgrade, ports) },
      ports,
    );
    // The previous API server works with the new etcd, too.
    if (failure.code === "UPGRADE_COMPONENT_FAILED") await warnIfFails(async () => etcd?.settle(), ports);
    throw failure;
  }
  await etcd?.settle();
  await certificates.renewAdministrators();
  await awaitMirrorPods(uids, node.timeouts.upgradeManifests, ports);
  for (const path of [directories.upgradedManifests, directories.oldCertificates]) {
    await ports.files.remove(path, { recursive: true });
  }
  // An etcd that is external, or was not replaced, has nothing in it.
  await ports.files.remove(directories.etcd, { ifEmpty: true });
}

/**
 * The API server restarts with etcd: it is seen to work again unless it is replaced next, even if etcd was restored.
 */
async function upgradeEtcd(
  { upgradeEtcd: run, node }: ControlPlaneUpgrade,
  apiServerChanges: boolean,
  ports: ControlPlanePorts,
): Promise<UpgradedEtcd | undefined> {
  const awaitApiServer = () => becomesHealthy("kube-apiserver", node.timeouts.upgradeManifests, node, ports);
  const stopServing = () => stopServingWithoutEtcd(() => refusesConnections(node, ports), ports);
  if (run === undefined) return undefined;
  try {
    const upgraded = await run({ apiServerChanges, stopServing });
    if (!apiServerChanges) await awaitApiServer();
    return upgraded;
  } catch (error) {
    throwIfAborted(ports.signal);
    if (isKubeadmError(error) && error.code === "UPGRADE_ETCD_FAILED") await warnIfFails(awaitApiServer, ports);
    throw error;
  }
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

async function findReplacements(
  pods: ReadonlyMap<Component, JsonObject>,
  { oldManifests }: UpgradeDirectories,
  ports: StaticPodPorts,
): Promise<ReadonlyMap<Component, StaticPodReplacement>> {
  const replacements = new Map<Component, StaticPodReplacement>();
  for (const [component, pod] of pods) {
    const change = await findChange(component, pod, oldManifests, ports);
    if (change !== undefined) replacements.set(component, new StaticPodReplacement(change));
  }
  return replacements;
}

async function replaceSideBySide(
  components: readonly Component[],
  replacements: ReadonlyMap<Component, StaticPodReplacement>,
  upgrade: ControlPlaneUpgrade,
  ports: ControlPlanePorts,
): Promise<void> {
  const over = new AbortController();
  const inTime = { ...ports, signal: AbortSignal.any([ports.signal, over.signal]) };
  const waits: (() => Promise<void>)[] = [];
  for (const component of components) {
    ports.events.emit("upgrade.static-pod.preparing", { component });
    const replacement = replacements.get(component);
    if (replacement === undefined) {
      ports.events.emit("upgrade.static-pod.equal", { component });
      continue;
    }
    const steps = stepsOf(component, upgrade, inTime);
    await replacement.begin(steps, inTime);
    waits.push(() => replacement.finish(steps, inTime));
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
  if (ends.some(({ status }) => status === "rejected")) throw over.signal.reason;
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

async function refusesConnections(node: ControlPlaneNode, ports: ControlPlanePorts): Promise<boolean> {
  const [endpoint] = await readComponentEndpoints(["kube-apiserver"], node, ports.files);
  return endpoint !== undefined && (await probeFailure(endpoint.url, ports))?.code === "refused";
}
