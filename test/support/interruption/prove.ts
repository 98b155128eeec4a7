// Stops a workflow at moments of it, runs the same command again, and compares what both have left with what one run
// leaves that nothing interrupts.
import { existsSync } from "node:fs";
import { messageOf } from "../../../src/errors/kubeadm-error.ts";
import { journalPath } from "../../../src/journal/places.ts";
import { kubeadm, type Outcome } from "../control-plane/kubeadm.ts";
import { becomesReady, succeeded } from "../control-plane/stage.ts";
import { differencesFrom, settledState } from "./compare-states.ts";
import { type EndState, endState } from "./end-state.ts";
import { interrupted, uninterrupted } from "./interrupted-machine.ts";
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

/** Returns how what a command has left differs from the expected state. */
export function differencesOf(scene: Scene, expected: EndState): Promise<readonly string[]> {
  return differencesFrom(expected, () => stateOf(scene));
}

function stateOf({ cluster, machine, before }: Scene): EndState {
  return endState(cluster, machine, before);
}

/** Returns what is wrong after a stop at this moment and the same command again; undefined if nothing is. */
export async function problemAt(moment: number, workflow: Workflow, { state }: WholeRun): Promise<string | undefined> {
  try {
    await using scene = await workflow.scene();
    const first = interrupted(scene.machine, moment);
    const ended = kubeadm(first, scene.args);
    const stop = await Promise.race([first.stopped, ended]);
    if (typeof stop !== "string") return await problemOf(stop, "uninterrupted", state, scene);
    const hasEnded = workflow.joins && first.steps.includes(`remove ${journalPath}`) && !isThere(journalPath, scene);
    if (hasEnded) return await problemAfterEnd(stop, state, scene);
    return await problemOf(await kubeadm(uninterrupted(scene.machine), scene.args), stop, state, scene);
  } catch (error) {
    return `moment ${moment}: ${messageOf(error)}`;
  }
}

function isThere(path: string, { machine }: Scene): boolean {
  return existsSync(machine.root.inside(path));
}

async function problemOf(
  outcome: Outcome,
  stop: string,
  expected: EndState,
  scene: Scene,
): Promise<string | undefined> {
  if (outcome.status !== 0) return `${stop}: ${outcome.stderr.trim()}`;
  const found = await differencesOf(scene, expected);
  return found.length === 0 ? undefined : `${stop}: ${found.join("; ")}`;
}

/** Without what may remain of the lock of a run that has ended. */
export function withoutLock(differences: readonly string[]): readonly string[] {
  return differences.filter((line) => !/ \/var\/lib\/kubeadm(\/run-[^/]*)?$/.test(line));
}

/** A stop after the removal of the journal: the node is in the cluster, and what remains of the lock is of no process. */
async function problemAfterEnd(stop: string, expected: EndState, scene: Scene): Promise<string | undefined> {
  const found = withoutLock(await differencesOf(scene, expected));
  return found.length === 0 ? undefined : `${stop}, after the end: ${found.join("; ")}`;
}
