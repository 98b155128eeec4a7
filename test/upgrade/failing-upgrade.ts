// An upgrade in which a step fails, once or until the cause is gone: the same command then ends as if nothing had failed.
import { messageOf } from "../../src/errors/kubeadm-error.ts";
import { limitMs } from "../support/control-plane/stage.ts";
import { convergenceSuite } from "../support/interruption/convergence-suite.ts";
import type { Failure } from "../support/interruption/failing-machine.ts";
import { everyFailure, failsOnce } from "../support/interruption/failures.ts";
import { fails } from "../support/interruption/failures-suite.ts";
import { everyOf, type Selection } from "../support/interruption/selection.ts";
import { Random } from "../support/random.ts";
import { serialNumbers } from "./upgrade-stage.ts";
import { differencesOf, type UpgradeWorkflow, type WholeUpgrade, wholeUpgrade } from "./whole-upgrade.ts";

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
    problemAfter: (failure, whole) => problemAfter(failure, workflow, whole),
  });
}

/** A sample takes some of all: an upgrade is long. */
function failuresOf(steps: readonly string[], selection: Selection): readonly Failure[] {
  const numbers = new Random(selection.seed);
  const every = everyFailure(steps, numbers);
  return selection.all ? everyOf(every, selection) : numbers.some(every, selection.random);
}

async function problemAfter(
  failure: Failure,
  workflow: UpgradeWorkflow,
  whole: WholeUpgrade,
): Promise<string | undefined> {
  try {
    await using scene = await workflow.scene();
    const before = serialNumbers(scene.machine);
    const first = await failsOnce(failure, scene);
    const found = await differencesOf(scene, whole, before);
    return found.length === 0
      ? undefined
      : `after status ${first.status} (${first.stderr.trim()}): ${found.join("; ")}`;
  } catch (error) {
    return messageOf(error);
  }
}
