// Stops an upgrade at moments of it, runs the same command again, and compares what both leave with what one run leaves
// that nothing interrupts.
import { existsSync } from "node:fs";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { messageOf } from "../../src/errors/kubeadm-error.ts";
import { journalPath } from "../../src/journal/places.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import { differencesFrom } from "../support/interruption/compare-states.ts";
import { convergenceSuite } from "../support/interruption/convergence-suite.ts";
import { interrupted, uninterrupted } from "../support/interruption/interrupted-machine.ts";
import { stopsDead } from "../support/interruption/moments-suite.ts";
import { withoutLock } from "../support/interruption/prove.ts";
import { momentsOf } from "../support/interruption/selection.ts";
import { renewedSince, serialNumbers } from "./upgrade-stage.ts";
import { upgradedState } from "./upgraded-state.ts";
import { differencesOf, type UpgradeWorkflow, type WholeUpgrade, wholeUpgrade } from "./whole-upgrade.ts";

/** `random`: how many moments. RESUME_MOMENTS and RESUME_SEED choose others, as for test/resume. */
export function upgradeMomentsSuite(workflow: UpgradeWorkflow, random: number): void {
  convergenceSuite({
    ...stopsDead,
    workflow,
    random,
    title: `An ${workflow.name} that stops dead`,
    whole: () => wholeUpgrade(workflow),
    casesOf: ({ steps }, selection) => momentsOf(steps, selection, { ofEachKind: false }),
    problemAfter: (moment, whole) => problemAt(moment, workflow, whole),
  });
}

/** Returns what is wrong after a stop at this moment and the same command again; undefined if nothing is. */
async function problemAt(moment: number, workflow: UpgradeWorkflow, whole: WholeUpgrade): Promise<string | undefined> {
  try {
    await using scene = await workflow.scene();
    const { cluster, machine, args } = scene;
    const before = serialNumbers(machine);
    const first = interrupted(machine, moment);
    const stop = await Promise.race([first.stopped, kubeadm(first, args)]);
    if (typeof stop !== "string") return `moment ${moment}: ended with ${stop.status}: ${stop.stderr.trim()}`;
    if (hasEnded(first.steps, machine))
      return endedProblem(stop, withoutLock(await differencesFrom(whole.state, () => upgradedState(cluster, machine))));
    const between = serialNumbers(machine);
    const outcome = await kubeadm(uninterrupted(machine), args);
    if (outcome.status !== 0) return `${stop}: ${outcome.stderr.trim()}`;
    const found = [
      ...(await differencesOf(scene, whole, before)),
      ...renewedTwice(before, between, machine).map((name) => `renewed twice: ${name}`),
    ];
    return found.length === 0 ? undefined : `${stop}: ${found.join("; ")}`;
  } catch (error) {
    return `moment ${moment}: ${messageOf(error)}`;
  }
}

/** After the removal of its journal a run has ended: the same command would be another upgrade. */
function hasEnded(steps: readonly string[], machine: ClusterMachine): boolean {
  return steps.includes(`remove ${journalPath}`) && !existsSync(machine.root.inside(journalPath));
}

function endedProblem(stop: string, found: readonly string[]): string | undefined {
  return found.length === 0 ? undefined : `${stop}, after the end: ${found.join("; ")}`;
}

/** Certificates that both attempts have renewed. A key that lacks its certificate is made again, which is not twice. */
function renewedTwice(
  before: Readonly<Record<string, string>>,
  between: Readonly<Record<string, string>>,
  machine: ClusterMachine,
): readonly string[] {
  return renewedSince(between, machine).filter((name) => before[name] !== between[name]);
}
