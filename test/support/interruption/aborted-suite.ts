// What is tried with a command that Ctrl-C ends: RESUME_MOMENTS and RESUME_SEED choose other moments.
import { expect } from "vitest";
import type { ClusterMachine } from "../../../src/embedded/index.ts";
import { Random } from "../random.ts";
import { abortedRun, problemOf } from "./aborted-runs.ts";
import { momentsOf, selectionOf } from "./selection.ts";

/** A command that changes nothing: it is aborted at moments from its first call to its last one. */
export async function abortAnywhere(machine: ClusterMachine, args: readonly string[], sample = 12): Promise<void> {
  const selection = selectionOf(process.env, sample);
  const whole = await abortedRun(machine, args);
  expect(problemOf(whole)).toBeUndefined();
  const problems: string[] = [];
  for (const moment of momentsOf(Array(whole.calls).fill(""), selection, { ofEachKind: false })) {
    const problem = problemOf(await abortedRun(machine, args, moment));
    if (problem !== undefined) problems.push(`moment ${moment} of ${2 * whole.calls}: ${problem}`);
  }
  expect(problems).toEqual([]);
}

/** A command that changes the machine is aborted and given again, until it has ended: then it must have succeeded. */
export async function abortRepeatedly(machine: ClusterMachine, args: readonly string[], most = 5): Promise<void> {
  const { random, seed } = selectionOf(process.env, most);
  const numbers = new Random(seed);
  const problems: string[] = [];
  for (let run = 0; run < random; run++) {
    // Later runs have less to do, and stop early ones have done little: the range grows with what is left to try.
    const moment = Math.floor(numbers.next() * (100 + 80 * run));
    const aborted = await abortedRun(machine, args, moment);
    const problem = problemOf(aborted);
    if (problem !== undefined) problems.push(`run ${run}, moment ${moment} of ${2 * aborted.calls}: ${problem}`);
    if (aborted.outcome.status === 0) return expect(problems).toEqual([]);
  }
  expect(problems).toEqual([]);
  const last = await abortedRun(machine, args);
  expect(problemOf(last)).toBeUndefined();
}
