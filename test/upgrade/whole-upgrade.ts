// An upgrade that nothing interrupts, and how others differ from it.
import type { ClusterMachine, EmbeddedCluster } from "../../src/embedded/index.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { succeeded } from "../support/control-plane/stage.ts";
import { differencesFrom, settledState } from "../support/interruption/compare-states.ts";
import { interrupted } from "../support/interruption/interrupted-machine.ts";
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

/** Returns how what an upgrade has left differs from the whole one; `before`: the serial numbers before its first attempt. */
export async function differencesOf(
  { cluster, machine }: UpgradeScene,
  { state, renewed }: WholeUpgrade,
  before: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  return [
    ...(await differencesFrom(state, () => upgradedState(cluster, machine))),
    ...without(renewedSince(before, machine), renewed).map((name) => `renewed: ${name}`),
    ...without(renewed, renewedSince(before, machine)).map((name) => `not renewed: ${name}`),
  ];
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  return names.filter((name) => !others.includes(name));
}
