// Upgrades of real nodes that are stopped at moments of chance, then the same command: it ends as an upgrade that no one
// interrupted, and etcd keeps its quorum, its members and its data.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../../lab/lab-host.ts";
import {
  checkArguments,
  isControlPlane,
  staticPods,
  votersAre,
} from "../../support/control-plane/control-plane-lab.ts";
import { eventually } from "../../support/join/cluster-actions.ts";
import { Random, seed } from "../../support/random.ts";
import { watchQuorum } from "../../support/upgrade/quorum-watch.ts";
import { type Stop, type StopSignal, stoppedUpgrade, stopTable } from "../../support/upgrade/stopped-upgrade.ts";
import {
  mustUpgrade,
  openUpgradeLab,
  runUpgrade,
  toVersion,
  type UpgradeLab,
} from "../../support/upgrade/upgrade-lab.ts";
import {
  changesOf,
  fingerprintsOf,
  recordUpgrade,
  type UpgradeRecord,
  withoutBackups,
} from "../../support/upgrade/upgrade-record.ts";
import { placeWitness, type Witness } from "../../support/upgrade/witness.ts";

/** Of `upgrade apply`; half as many of `upgrade node`. `npm run upgrade:kills` kills 20 and 10. */
const kills = Number(process.env["KUBEADM_KILLS"] ?? 4);
/** The first of three control planes is upgraded once. */
const killsOfFirst = Math.min(3, Math.round(kills / 4));
const killsOfNodes = Math.round(kills / 2);
const killsOfWorker = Math.max(1, Math.round(killsOfNodes * 0.4));
const killsOfControlPlane = killsOfNodes - killsOfWorker;
const limitMs = (kills + 2) * 600_000;

const apply = ["apply", `v${toVersion}`, "--yes", ...checkArguments] as const;
const node = ["node", ...checkArguments] as const;
const random = new Random(seed);
const stops: Stop[] = [];
/** About the time of an apply, and of node on a control plane, that no one stops. */
const usualMs = 35_000;

beforeAll(() => void process.stderr.write(`KUBEADM_SEED=${seed} makes these moments again\n`));
afterAll(() => void process.stderr.write(`${stopTable(stops).join("\n")}\n`));

const killed = (count: number) => new Array<StopSignal>(count).fill("SIGKILL");

/** Runs rounds of one, two and three kills in turn until there were so many. */
async function inRounds(count: number, round: (signals: readonly StopSignal[]) => Promise<readonly Stop[]>) {
  let left = count;
  for (let number = 0; left > 0; number += 1) {
    const found = await round(killed(Math.min(left, 1 + (number % 3))));
    stops.push(...found);
    left -= found.length;
  }
}

/** Every upgrade of a single control plane has its own cluster. */
async function upgraded<T>(run: (cluster: UpgradeLab) => Promise<T>) {
  await using cluster = await openUpgradeLab("upgrade-kills");
  const { lab, controlPlane } = cluster;
  const witness = await placeWitness(lab, controlPlane.name);
  const before = await fingerprintsOf(controlPlane);
  const result = await run(cluster);
  await isControlPlane(lab, controlPlane);
  await votersAre(controlPlane, controlPlane.name);
  await witness.isUnharmed();
  const record = await recordUpgrade(lab, controlPlane);
  return { result, record: withoutBackups(record), renewals: changesOf(before, record.fingerprints) };
}

describe("In a cluster of three control planes and a worker,", () => {
  let cluster: UpgradeLab;
  let cp1: LabHost;
  let cp2: LabHost;
  let cp3: LabHost;
  let worker: LabHost;
  let witness: Witness;

  beforeAll(async () => {
    cluster = await openUpgradeLab("upgrade-kills");
    cp1 = cluster.controlPlane;
    cp2 = await cluster.addControlPlane("cp2");
    cp3 = await cluster.addControlPlane("cp3");
    worker = await cluster.addWorker("w1");
    witness = await placeWitness(cluster.lab, worker.name);
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  /** Stops an upgrade repeatedly while another control plane watches etcd. */
  async function watched(
    host: LabHost,
    args: typeof apply | typeof node,
    signals: readonly StopSignal[],
    wholeMs: number,
  ) {
    const watch = watchQuorum(host === cp3 ? cp1 : cp3, [cp1, cp2, cp3]);
    const found = await stoppedUpgrade(host, { args, signals, wholeMs, random }).catch(async (error: unknown) => {
      await watch.end().catch(() => undefined);
      throw error;
    });
    process.stderr.write(`${await watch.end()}\n`);
    await isUpgraded(host);
    return found;
  }

  /** Every member is there, and the host has nothing left to upgrade. */
  async function isUpgraded(host: LabHost): Promise<void> {
    await isControlPlane(cluster.lab, host);
    await votersAre(cp1, "cp1", "cp2", "cp3");
    await witness.isUnharmed();
    const { exitCode, stdout } = await runUpgrade(host, "upstream", ["diff", `v${toVersion}`]);
    expect({ exitCode, changes: stdout.match(/^@@.*/gm) }).toEqual({ exitCode: 0, changes: null });
  }

  test(`apply on the first one, ended by Ctrl-C and killed at ${killsOfFirst} moments, costs no quorum and no member`, {
    timeout: limitMs,
  }, async () => {
    stops.push(...(await watched(cp1, apply, ["SIGINT", ...killed(killsOfFirst)], usualMs)));
  });

  test(`node on the second one, killed at ${killsOfControlPlane} moments, ends as a whole one`, {
    timeout: limitMs,
  }, async () => {
    const recorded = async () => {
      const record = await recordUpgrade(cluster.lab, cp2);
      return { record: withoutBackups(record), fingerprints: record.fingerprints };
    };
    const state = await olderState(cluster, cp2);
    const { elapsedMs } = await mustUpgrade(cp2, "ours", node);
    await isUpgraded(cp2);
    const whole = await recorded();
    const renewals = changesOf(state.fingerprints, whole.fingerprints);
    await inRounds(killsOfControlPlane, async (signals) => {
      await state.comeBack();
      const before = await fingerprintsOf(cp2);
      const found = await watched(cp2, node, signals, elapsedMs);
      const { record, fingerprints } = await recorded();
      expect({ record, renewals: changesOf(before, fingerprints) }).toEqual({ record: whole.record, renewals });
      return found;
    });
  });

  test("node on the third one, ended by Ctrl-C, continues", { timeout: limitMs }, async () => {
    stops.push(...(await watched(cp3, node, ["SIGINT"], usualMs)));
  });

  test(`node on a worker, killed at ${killsOfWorker} moments, ends as a whole one`, { timeout: limitMs }, async () => {
    const change = async () => {
      await worker.mustRun(["rm", "-rf", "/etc/kubernetes/tmp"]);
      await worker.mustRun(["sh", "-c", "echo 'maxPods: 99' >> /var/lib/kubelet/config.yaml"]);
    };
    await change();
    const { elapsedMs } = await mustUpgrade(worker, "ours", node);
    const whole = await recordUpgrade(cluster.lab, worker);
    await inRounds(killsOfWorker, async (signals) => {
      await change();
      const found = await stoppedUpgrade(worker, { args: node, signals, wholeMs: elapsedMs, random });
      const record: UpgradeRecord = await recordUpgrade(cluster.lab, worker);
      expect(withoutBackups(record)).toEqual(withoutBackups(whole));
      await witness.isUnharmed();
      return found;
    });
  });
});

test(`apply on one control plane, killed until there were ${kills} kills, ends as a whole one`, {
  timeout: limitMs,
}, async () => {
  const left = kills - stops.filter(({ command, signal }) => command === "apply" && signal === "SIGKILL").length;
  const whole = await upgraded(async (cluster) => (await mustUpgrade(cluster.controlPlane, "ours", apply)).elapsedMs);
  await inRounds(left, async (signals) => {
    const { result, ...outcome } = await upgraded(({ controlPlane }) =>
      stoppedUpgrade(controlPlane, { args: apply, signals, wholeMs: whole.result, random }),
    );
    expect(outcome).toEqual({ record: whole.record, renewals: whole.renewals });
    return result;
  });
});

interface OlderState {
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Puts the static Pods of the version before back, and waits until they work. */
  comeBack(): Promise<void>;
}

/** The third member is of the older version until then, so that etcd lets this one return. */
async function olderState({ lab }: UpgradeLab, host: LabHost): Promise<OlderState> {
  const kept = "/root/older-manifests";
  await host.mustRun(["cp", "-a", "/etc/kubernetes/manifests", kept]);
  const imageOf = async (component: string) => {
    const path = "jsonpath={.spec.containers[0].image}";
    return (await lab.kubectl(["-n", "kube-system", "get", "pod", `${component}-${host.name}`, "-o", path])).stdout;
  };
  const images = new Map<string, string>();
  for (const component of staticPods) images.set(component, await imageOf(component));
  return {
    fingerprints: await fingerprintsOf(host),
    comeBack: async () => {
      for (const component of staticPods) {
        const manifest = `/etc/kubernetes/manifests/${component}.yaml`;
        await host.mustRun(["cp", "-a", `${kept}/${component}.yaml`, `/etc/kubernetes/${component}.yaml`]);
        await host.mustRun(["mv", `/etc/kubernetes/${component}.yaml`, manifest]);
      }
      await host.mustRun(["rm", "-rf", "/etc/kubernetes/tmp"]);
      for (const [component, image] of images) {
        await eventually(
          `the older ${component} of ${host.name}`,
          async () => (await imageOf(component)) === image,
          180_000,
        );
      }
      await isControlPlane(lab, host);
      await votersAre(host, "cp1", "cp2", "cp3");
    },
  };
}
