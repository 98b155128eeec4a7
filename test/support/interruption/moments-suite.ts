// The suite of one workflow: whatever moment it stops at, the same command continues and ends as if nothing had happened.
import { limitMs } from "../control-plane/stage.ts";
import { type Convergence, convergenceSuite } from "./convergence-suite.ts";
import { momentsOf } from "./selection.ts";
import { problemAt } from "./trial.ts";
import { trialOf, wholeRun } from "./whole-run.ts";
import type { Workflow } from "./workflows.ts";

/** What every suite of moments has in common. */
export const stopsDead = {
  converges: (moments) => `converges with the same command, at ${moments}`,
  cause: "kill -9",
  kind: "moment",
  sampleMs: 30 * limitMs,
  allMs: 7_200_000,
} satisfies Partial<Convergence<unknown, number>>;

/** `random`: how many moments in addition to one of each kind of step. */
export function momentsSuite(workflow: Workflow, random: number): void {
  convergenceSuite({
    ...stopsDead,
    workflow,
    random,
    title: `A ${workflow.name} that stops dead`,
    whole: () => wholeRun(workflow),
    casesOf: ({ steps }, selection) => momentsOf(steps, selection, { ofEachKind: true }),
    problemAfter: (moment, whole) => problemAt(moment, () => trialOf(workflow, whole)),
  });
}
