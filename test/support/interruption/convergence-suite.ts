// The suite of one workflow: whatever stops or fails in it, the same command ends as if nothing had happened.
import { afterAll, describe, test } from "vitest";
import { limitMs } from "../control-plane/stage.ts";
import { type Selection, selectionOf, wordsOf } from "./selection.ts";

/** A cluster is made for it, and the command runs twice. */
const caseMs = 6 * limitMs;

/** What `npm run resume` adds up of the tests. */
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
  /** The rest of the name of all tests: `tried` says which cases. */
  readonly converges: (tried: string) => string;
  readonly cause: "kill -9" | "failure";
  readonly kind: "moment" | "failure";
  /** How many cases a sample has at random. */
  readonly random: number;
  readonly whole: () => Promise<Whole>;
  readonly casesOf: (whole: Whole, selection: Selection) => readonly Case[];
  /** The name of one test. */
  readonly nameOf: (each: Case, whole: Whole) => string;
  /** Returns what is wrong after this case and the same command again; undefined if nothing is. */
  readonly problemAfter: (each: Case, whole: Whole) => Promise<string | undefined>;
}

/**
 * One test for each case, side by side: each waits most of the time. The cases are known when the whole run has ended, which
 * is therefore a part of declaring them. RESUME_MOMENTS and RESUME_SEED choose other cases.
 */
export function convergenceSuite<Whole, Case>(convergence: Convergence<Whole, Case>): void {
  const { workflow, title, converges, cause, kind, random, nameOf, problemAfter } = convergence;
  const selection = selectionOf(process.env, random);
  afterAll(() => workflow[Symbol.asyncDispose]());
  describe(`${title} ${converges(wordsOf(selection, kind))}`, async () => {
    const whole = await convergence.whole();
    const cases = convergence.casesOf(whole, selection);
    test.concurrent.for(cases.map((each) => [nameOf(each, whole), each] as const))(
      "%s",
      { timeout: caseMs },
      async ([, each], { task, expect }) => {
        const problem = await problemAfter(each, whole);
        task.meta.resume = { workflow: workflow.name, cause, tried: 1, converged: problem === undefined ? 1 : 0 };
        expect(problem).toBeUndefined();
      },
    );
  });
}
