// The suite of one workflow: whatever fails, once the cause is gone the same command ends as if nothing had happened.
import { messageOf } from "../../../src/errors/kubeadm-error.ts";
import { limitMs } from "../control-plane/stage.ts";
import { Random } from "../random.ts";
import { type Convergence, convergenceSuite } from "./convergence-suite.ts";
import type { Failure } from "./failing-machine.ts";
import { everyFailure, failsOnce, failureOfEachWay, otherFailures } from "./failures.ts";
import { differencesOf, type WholeRun, wholeRun, withoutLock } from "./prove.ts";
import { everyOf, type Selection } from "./selection.ts";
import type { Workflow } from "./workflows.ts";

/** What every suite of failures has in common. */
export const fails = {
  converges: (failures) => `converges with the same command once the cause is gone, after ${failures}`,
  cause: "failure",
  kind: "failure",
  allMs: 14_400_000,
} satisfies Partial<Convergence<unknown, Failure>>;

/** `random`: how many failures at random beside one of each kind. */
export function failuresSuite(workflow: Workflow, random: number): void {
  convergenceSuite({
    ...fails,
    workflow,
    random,
    sampleMs: 10 * limitMs,
    title: `A ${workflow.name} in which something fails`,
    whole: () => wholeRun(workflow),
    casesOf: ({ steps }, selection) => failuresOf(steps, selection),
    problemAfter: (failure, whole) => problemAfter(failure, workflow, whole),
  });
}

/** A sample takes some of each way: the seed decides which. */
function failuresOf(steps: readonly string[], selection: Selection): readonly Failure[] {
  const { all, random, seed } = selection;
  const numbers = new Random(seed);
  if (all) return everyOf(everyFailure(steps, numbers), selection);
  return [...otherFailures(steps, numbers), ...numbers.some(failureOfEachWay(steps, numbers), random)];
}

async function problemAfter(failure: Failure, workflow: Workflow, { state }: WholeRun): Promise<string | undefined> {
  try {
    await using scene = await workflow.scene();
    const first = await failsOnce(failure, scene);
    const differences = await differencesOf(scene, state);
    const found = first.status === 0 ? withoutLock(differences) : differences;
    return found.length === 0
      ? undefined
      : `after status ${first.status} (${first.stderr.trim()}): ${found.join("; ")}`;
  } catch (error) {
    return messageOf(error);
  }
}
