// A run of a workflow that nothing disturbs, and trials of others that are compared with it.
import { kubeadm } from "../control-plane/kubeadm.ts";
import { becomesReady, succeeded } from "../control-plane/stage.ts";
import { differencesFrom, settledState } from "./compare-states.ts";
import { type EndState, endState } from "./end-state.ts";
import { interrupted } from "./interrupted-machine.ts";
import type { Trial } from "./trial.ts";
import type { Scene, Workflow } from "./workflows.ts";

/** A run that nothing interrupted. */
export interface WholeRun {
  readonly steps: readonly string[];
  readonly state: EndState;
}

export async function wholeRun(workflow: Workflow): Promise<WholeRun> {
  await using scene = await workflow.scene();
  const run = interrupted(scene.machine);
  succeeded(await kubeadm(run, scene.args), scene.machine);
  if (workflow.joins) await becomesReady(scene.cluster, scene.machine.hostname);
  return { steps: run.steps, state: await settledState(() => stateOf(scene)) };
}

export async function trialOf(workflow: Workflow, { state }: WholeRun): Promise<Trial> {
  const scene = await workflow.scene();
  return { ...scene, endsOnce: workflow.joins, differences: () => differencesFrom(state, () => stateOf(scene)) };
}

function stateOf({ cluster, machine, before }: Scene): EndState {
  return endState(cluster, machine, before);
}
