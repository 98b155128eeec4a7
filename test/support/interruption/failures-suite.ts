// The suite of one workflow: whatever fails, once the problem is fixed the same command ends as if nothing had happened.
import { limitMs } from "../control-plane/stage.ts";
import { Random } from "../random.ts";
import { type Convergence, convergenceSuite } from "./convergence-suite.ts";
import type { Failure } from "./failing-machine.ts";
import { everyFailure, failureOfEachWay, otherFailures } from "./failures.ts";
import { everyOf, type Selection } from "./selection.ts";
import { problemAfter } from "./trial.ts";
import { trialOf, wholeRun } from "./whole-run.ts";
import type { Workflow } from "./workflows.ts";

/** What every suite of failures has in common. */
export const fails = {
  converges: (failures) => `converges with the same command once the problem is fixed, after ${failures}`,
  cause: "failure",
  kind: "failure",
  allMs: 14_400_000,
} satisfies Partial<Convergence<unknown, Failure>>;

/** `random`: how many failures at random in addition to one of each kind. */
export function failuresSuite(workflow: Workflow, random: number): void {
  convergenceSuite({
    ...fails,
    workflow,
    random,
    sampleMs: 10 * limitMs,
    title: `A ${workflow.name} in which something fails`,
    whole: () => wholeRun(workflow),
    casesOf: ({ steps }, selection) => failuresOf(steps, selection),
    problemAfter: (failure, whole) => problemAfter(failure, () => trialOf(workflow, whole)),
  });
}

/** A sample takes some of each way: the seed decides which. */
function failuresOf(steps: readonly string[], selection: Selection): readonly Failure[] {
  const { all, random, seed } = selection;
  const numbers = new Random(seed);
  if (all) return everyOf(everyFailure(steps, numbers), selection);
  return [...otherFailures(steps, numbers), ...numbers.some(failureOfEachWay(steps, numbers), random)];
}
