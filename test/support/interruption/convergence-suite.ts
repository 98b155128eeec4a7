// The suite of one workflow: whatever stops or fails in it, the same command ends as if nothing had happened.
import { afterAll, describe, expect, test } from "vitest";
import { type Selection, selectionOf, wordsOf } from "./selection.ts";

/** What `npm run resume` prints of a test. */
export interface ResumeRow {
  readonly workflow: string;
  readonly cause: string;
  readonly tried: number;
  readonly converged: number;
}

declare module "vitest" {
  interface TaskMeta {
    resume?: ResumeRow;
  }
}

/** What is tried with a workflow. `Case` is a moment or a failure, `Whole` what a run is that nothing disturbs. */
export interface Convergence<Whole, Case> {
  readonly workflow: AsyncDisposable & { readonly name: string };
  /** Whose runs are tried: "An upgrade that stops dead". */
  readonly title: string;
  /** The name of a test: `tried` says which cases. */
  readonly converges: (tried: string) => string;
  readonly cause: "kill -9" | "failure";
  readonly kind: "moment" | "failure";
  /** How many cases a sample has at random. */
  readonly random: number;
  readonly sampleMs: number;
  readonly allMs: number;
  readonly whole: () => Promise<Whole>;
  readonly casesOf: (whole: Whole, selection: Selection) => readonly Case[];
  /** Returns what is wrong after this case and the same command again; undefined if nothing is. */
  readonly problemAfter: (each: Case, whole: Whole) => Promise<string | undefined>;
}

/** RESUME_MOMENTS and RESUME_SEED choose other cases; RESUME_PROGRESS prints each. */
export function convergenceSuite<Whole, Case>(convergence: Convergence<Whole, Case>): void {
  const { workflow, title, converges, cause, kind, random, sampleMs, allMs } = convergence;
  const selection = selectionOf(process.env, random);
  afterAll(() => workflow[Symbol.asyncDispose]());
  describe(title, () => {
    const timeout = selection.all ? allMs : sampleMs;
    test(converges(wordsOf(selection, kind)), { timeout }, async ({ task }) => {
      const whole = await convergence.whole();
      const cases = convergence.casesOf(whole, selection);
      const problems: string[] = [];
      for (const each of cases) {
        const problem = await convergence.problemAfter(each, whole);
        if (problem !== undefined) problems.push(`${JSON.stringify(each)}: ${problem}`);
        if (process.env["RESUME_PROGRESS"] !== undefined) console.log(JSON.stringify(each), problem ?? "");
      }
      const converged = cases.length - problems.length;
      task.meta.resume = { workflow: workflow.name, cause, tried: cases.length, converged };
      expect(problems).toEqual([]);
    });
  });
}
