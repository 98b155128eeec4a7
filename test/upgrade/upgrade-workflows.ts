// The upgrades whose every step may be the last one of a program.

import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { succeeded } from "../support/control-plane/stage.ts";
import { objectsOf } from "../support/interruption/end-state.ts";
import { type OlderCluster, startOlderCluster } from "./older-cluster.ts";
import { applyArguments, nodeArguments } from "./upgrade-stage.ts";
import type { UpgradeWorkflow } from "./whole-upgrade.ts";

/** `upgrade apply` on the only control plane: each time in a cluster of its own. */
export function applyWorkflow(): UpgradeWorkflow {
  return {
    name: "upgrade apply",
    scene: async () => {
      const older = await startOlderCluster();
      return sceneOf(older, older.cp1, applyArguments(older.cp1));
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** `upgrade node` on the second of two control planes, after `upgrade apply` on the first one. */
export function secondControlPlaneWorkflow(): UpgradeWorkflow {
  return {
    name: "upgrade node of a second control plane",
    scene: async () => {
      const older = await startOlderCluster({ controlPlanes: [{}, {}] });
      const [cp1, cp2] = older.controlPlanes;
      if (cp1 === undefined || cp2 === undefined) throw new Error("two control planes were asked for");
      succeeded(await kubeadm(cp1, applyArguments(cp1)), cp1);
      return sceneOf(older, cp2, nodeArguments(cp2));
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Enough for a sample of moments and one of failures. */
const workersOfCluster = 4;

/** `upgrade node` on a worker, after `upgrade apply` on the only control plane: one cluster has several such workers. */
export function workerWorkflow(): UpgradeWorkflow {
  const made: Promise<OlderCluster>[] = [];
  let given = 0;
  return {
    name: "upgrade node of a worker",
    scene: async () => {
      const index = given++;
      if (index % workersOfCluster === 0) made.push(upgradedExceptWorkers());
      const older = await made[Math.floor(index / workersOfCluster)];
      const worker = older?.workers[index % workersOfCluster];
      if (older === undefined || worker === undefined) throw new Error(`${workersOfCluster} workers were asked for`);
      const others = older.workers
        .filter((each) => each !== worker)
        .map(({ hostname }) => new RegExp(`\\b${hostname}\\b`));
      const ofOthers = objectsOf(older.cluster).filter((object) => others.some((name) => name.test(object)));
      return {
        cluster: older.cluster,
        machine: worker,
        args: nodeArguments(worker),
        ofOthers,
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
    [Symbol.asyncDispose]: async () => {
      for (const older of await Promise.all(made.splice(0))) await older[Symbol.asyncDispose]();
    },
  };
}

async function upgradedExceptWorkers(): Promise<OlderCluster> {
  const older = await startOlderCluster({ workers: Array.from({ length: workersOfCluster }, () => ({})) });
  succeeded(await kubeadm(older.cp1, applyArguments(older.cp1)), older.cp1);
  return older;
}

function sceneOf(older: OlderCluster, machine: OlderCluster["cp1"], args: readonly string[]) {
  return {
    cluster: older.cluster,
    machine,
    args,
    ofOthers: [],
    [Symbol.asyncDispose]: () => older[Symbol.asyncDispose](),
  };
}
