// The upgrades whose every step may be the last one of a program.

import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { succeeded } from "../support/control-plane/stage.ts";
import { type OlderCluster, startOlderCluster } from "./older-cluster.ts";
import { applyArguments, nodeArguments } from "./upgrade-stage.ts";
import type { UpgradeWorkflow } from "./whole-upgrade.ts";

/** `upgrade apply` on the only control plane: each time in its own cluster. */
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

/** `upgrade node` on a worker, after `upgrade apply` on the only control plane. */
export function workerWorkflow(): UpgradeWorkflow {
  return {
    name: "upgrade node of a worker",
    scene: async () => {
      const older = await startOlderCluster({ workers: [{}] });
      const { cp1, workers } = older;
      const [worker] = workers;
      if (worker === undefined) throw new Error("a worker was asked for");
      succeeded(await kubeadm(cp1, applyArguments(cp1)), cp1);
      return sceneOf(older, worker, nodeArguments(worker));
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function sceneOf(older: OlderCluster, machine: OlderCluster["cp1"], args: readonly string[]) {
  return { cluster: older.cluster, machine, args, [Symbol.asyncDispose]: () => older[Symbol.asyncDispose]() };
}
