// The suites of an upgrade: whatever stops or fails in it, the same command ends as if nothing had happened.
import { limitMs } from "../support/control-plane/stage.ts";
import { convergenceSuite } from "../support/interruption/convergence-suite.ts";
import type { Failure } from "../support/interruption/failing-machine.ts";
import { everyFailure } from "../support/interruption/failures.ts";
import { fails } from "../support/interruption/failures-suite.ts";
import { stopsDead } from "../support/interruption/moments-suite.ts";
import { everyOf, momentsOf, type Selection } from "../support/interruption/selection.ts";
import { problemAfter, problemAt } from "../support/interruption/trial.ts";
import { Random } from "../support/random.ts";
import { type UpgradeWorkflow, upgradeTrial, wholeUpgrade } from "./whole-upgrade.ts";

/** `random`: how many moments. */
export function upgradeMomentsSuite(workflow: UpgradeWorkflow, random: number): void {
  convergenceSuite({
    ...stopsDead,
    workflow,
    random,
    title: `An ${workflow.name} that stops dead`,
    whole: () => wholeUpgrade(workflow),
    casesOf: ({ steps }, selection) => momentsOf(steps, selection, { ofEachKind: false }),
    problemAfter: (moment, whole) => problemAt(moment, () => upgradeTrial(workflow, whole)),
  });
}

/** `random`: how many failures. */
export function upgradeFailuresSuite(workflow: UpgradeWorkflow, random: number): void {
  convergenceSuite({
    ...fails,
    workflow,
    random,
    sampleMs: 30 * limitMs,
    title: `An ${workflow.name} in which something fails`,
    whole: () => wholeUpgrade(workflow),
    casesOf: ({ steps }, selection) => failuresOf(steps, selection),
    problemAfter: (failure, whole) => problemAfter(failure, () => upgradeTrial(workflow, whole)),
  });
}

/** A sample takes some of all: an upgrade is long. */
function failuresOf(steps: readonly string[], selection: Selection): readonly Failure[] {
  const numbers = new Random(selection.seed);
  const every = everyFailure(steps, numbers);
  return selection.all ? everyOf(every, selection) : numbers.some(every, selection.random);
}
