// An upgrade that nothing disturbs, and trials of others that are compared with it.
import type { ClusterMachine, EmbeddedCluster } from "../../src/embedded/index.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { succeeded } from "../support/control-plane/stage.ts";
import { differencesFrom, settledState } from "../support/interruption/compare-states.ts";
import { interrupted } from "../support/interruption/interrupted-machine.ts";
import type { Trial } from "../support/interruption/trial.ts";
import { renewedSince, serialNumbers } from "./upgrade-stage.ts";
import { type UpgradedState, upgradedState } from "./upgraded-state.ts";

/** A machine on which an upgrade is about to run for the first time. */
export interface UpgradeScene extends AsyncDisposable {
  readonly cluster: EmbeddedCluster;
  readonly machine: ClusterMachine;
  readonly args: readonly string[];
}

export interface UpgradeWorkflow extends AsyncDisposable {
  readonly name: string;
  scene(): Promise<UpgradeScene>;
}

export interface WholeUpgrade {
  readonly steps: readonly string[];
  readonly state: UpgradedState;
  /** Certificates with another serial number. */
  readonly renewed: readonly string[];
}

export async function wholeUpgrade(workflow: UpgradeWorkflow): Promise<WholeUpgrade> {
  await using scene = await workflow.scene();
  const { cluster, machine, args } = scene;
  const before = serialNumbers(machine);
  const run = interrupted(machine);
  succeeded(await kubeadm(run, args), machine);
  const renewed = renewedSince(before, machine);
  return { steps: run.steps, state: await settledState(() => upgradedState(cluster, machine)), renewed };
}

/** An upgrade that a suite disturbs: it renews what the whole one has renewed, and nothing twice. */
export async function upgradeTrial(workflow: UpgradeWorkflow, whole: WholeUpgrade): Promise<Trial> {
  const scene = await workflow.scene();
  const { cluster, machine } = scene;
  const before = serialNumbers(machine);
  let between = before;
  return {
    ...scene,
    endsOnce: true,
    hasStopped: () => {
      between = serialNumbers(machine);
    },
    differences: async () => {
      const state = await differencesFrom(whole.state, () => upgradedState(cluster, machine));
      const renewed = renewedSince(before, machine);
      // A key that lacks its certificate is made again, which is not twice.
      const twice = renewedSince(between, machine).filter((name) => before[name] !== between[name]);
      return [
        ...state,
        ...without(renewed, whole.renewed).map((name) => `renewed: ${name}`),
        ...without(whole.renewed, renewed).map((name) => `not renewed: ${name}`),
        ...twice.map((name) => `renewed twice: ${name}`),
      ];
    },
  };
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  return names.filter((name) => !others.includes(name));
}
