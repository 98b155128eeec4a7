// A cluster of three control planes and a worker, upgraded by the functions of the library, one machine after the other.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import type { Event } from "../../src/events/event.ts";
import { planUpgrade, upgradeCluster, upgradeNode } from "../../src/library.ts";
import { eventually, limitMs } from "../support/control-plane/stage.ts";
import { clusterVersions, manifestTags, mirrorTags } from "./cluster-versions.ts";
import {
  newerImages,
  newerTags,
  newerVersion,
  type OlderCluster,
  olderTags,
  olderVersion,
  startOlderCluster,
} from "./older-cluster.ts";
import { writeUpgradeConfiguration } from "./upgrade-stage.ts";

let older: OlderCluster;
let planes: readonly [ClusterMachine, ClusterMachine, ClusterMachine];
let worker: ClusterMachine;

beforeAll(async () => {
  older = await startOlderCluster({ controlPlanes: [{}, {}, {}], workers: [{}] });
  const [cp1, cp2, cp3] = older.controlPlanes;
  const [w1] = older.workers;
  if (cp1 === undefined || cp2 === undefined || cp3 === undefined || w1 === undefined) throw new Error("no machines");
  planes = [cp1, cp2, cp3];
  worker = w1;
}, 2 * limitMs);
afterAll(() => older?.[Symbol.asyncDispose]());

const unchangedAddons = { coreDns: olderTags.coreDns, kubeProxy: olderVersion };

/** What `upgradeNode` is called with; its timeouts are short. */
function runOf(machine: ClusterMachine, events: Event[]) {
  const flags = { config: writeUpgradeConfiguration(machine) };
  return { flags, ports: machine.ports, onEvent: (event: Event) => void events.push(event) };
}

/** Each member serves, and votes. */
function membersOf(versions: readonly string[]): readonly object[] {
  return versions.map((version, index) => ({ name: `cp${index + 1}`, version, isRunning: true, isLearner: false }));
}

/** What the upgrade said about other control planes, of each addon. */
function waitingFor(events: readonly Event[]): readonly (readonly string[])[] {
  return events.flatMap((event) => (event.type === "upgrade.addon.waiting" ? [event.nodes] : []));
}

describe("the library", { timeout: limitMs }, () => {
  test("plans the upgrade of all of them", async () => {
    const { upgrades, outlook } = await planUpgrade({ version: newerVersion, ports: planes[0].ports });
    expect(upgrades.map(({ command }) => command)).toEqual([`kubeadm upgrade apply ${newerVersion}`]);
    const etcds = upgrades[0]?.components.filter(({ name }) => name === "etcd") ?? [];
    expect(etcds.map(({ nodeName }) => nodeName)).toEqual(["cp1", "cp2", "cp3"]);
    expect(outlook).toMatchObject({ nodeName: "cp1", kubernetesVersion: newerVersion, refused: [], edits: [] });
    const members = ["cp1", "cp2", "cp3"].map((name) => ({ name, version: "3.6.8", answers: true, troubles: [] }));
    expect(outlook?.etcd).toMatchObject({ keepsQuorum: true, members });
    // Its member has joined others, which its manifest names.
    const ofSecond = await planUpgrade({ version: newerVersion, ports: planes[1].ports });
    expect(ofSecond.outlook).toMatchObject({ nodeName: "cp2", edits: [], etcd: { keepsQuorum: true } });
    const ownMembers = [outlook, ofSecond.outlook].map((found) => {
      const { members = [] } = found?.etcd !== undefined && "members" in found.etcd ? found.etcd : {};
      return members.flatMap(({ isOwn, name }) => (isOwn ? [name] : []));
    });
    expect(ownMembers).toEqual([["cp1"], ["cp2"]]);
  });

  test("upgrades the first one, and leaves the addons", async () => {
    const events: Event[] = [];
    const result = await upgradeCluster({
      version: newerVersion,
      flags: { yes: true, config: writeUpgradeConfiguration(planes[0]) },
      ports: planes[0].ports,
      onEvent: (event) => events.push(event),
    });
    const expected = { nodeName: "cp1", controlPlane: true, kubernetesVersion: newerVersion, dryRun: false };
    expect(result).toEqual(expected);
    expect(waitingFor(events)).toContainEqual(["cp2", "cp3"]);
    expect(clusterVersions(older.cluster)).toEqual({ configuration: newerVersion, ...unchangedAddons });
    expect(older.cluster.etcdMembers()).toMatchObject(membersOf(["3.7.0", "3.6.8", "3.6.8"]));
  });

  test("upgrades the second one, and still leaves the addons", async () => {
    const events: Event[] = [];
    const result = await upgradeNode(runOf(planes[1], events));
    expect(result).toMatchObject({ nodeName: "cp2", controlPlane: true, kubernetesVersion: newerVersion });
    expect(waitingFor(events)).toContainEqual(["cp3"]);
    expect(clusterVersions(older.cluster)).toEqual({ configuration: newerVersion, ...unchangedAddons });
    expect(older.cluster.etcdMembers()).toMatchObject(membersOf(["3.7.0", "3.7.0", "3.6.8"]));
  });

  test("upgrades the last one, and the addons with it", async () => {
    const events: Event[] = [];
    await upgradeNode(runOf(planes[2], events));
    expect(waitingFor(events)).toEqual([]);
    expect(clusterVersions(older.cluster)).toEqual({
      configuration: newerVersion,
      coreDns: newerTags.coreDns,
      kubeProxy: newerVersion,
    });
    expect(older.cluster.etcdMembers()).toMatchObject(membersOf(["3.7.0", "3.7.0", "3.7.0"]));
    for (const plane of planes) {
      expect(manifestTags(plane)).toEqual(newerImages);
      await eventually(
        `the mirror Pods of ${plane.hostname}`,
        () => Object.values(mirrorTags(older.cluster, plane)).every((tag) => tag !== "") || undefined,
      );
      expect(mirrorTags(older.cluster, plane)).toEqual(newerImages);
    }
  });

  test("upgrades the worker", async () => {
    const result = await upgradeNode({ ports: worker.ports });
    expect(result).toEqual({ nodeName: "w1", controlPlane: false, kubernetesVersion: newerVersion, dryRun: false });
    expect(worker.read("/var/lib/kubelet/config.yaml")).toContain("kind: KubeletConfiguration");
  });
});
