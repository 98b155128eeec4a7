import type { Figure, Skipped } from "../results/result.ts";
import type { SuiteTest } from "./go-tests.ts";

export interface SuiteRun {
  /** "1.36.3, commands". */
  readonly title: string;
  readonly tests: readonly SuiteTest[];
  /** The same tests with upstream's program of this release; undefined where they were not run with it. */
  readonly upstream?: readonly SuiteTest[];
}

export interface Verdict {
  readonly figures: readonly Figure[];
  readonly skipped: readonly Skipped[];
}

/**
 * What a page about the run shows. A test that fails with upstream's program of this release, too, is not of this release: it
 * is listed with its reason, and is no failure of this program.
 */
export function verdictOf({ title, tests, upstream = [] }: SuiteRun): Verdict {
  if (tests.length === 0) throw new Error(`${title}: no test ran`);
  const failsUpstream = new Set(upstream.filter(({ state }) => state === "failed").map(({ name }) => name));
  const failed = tests.filter(({ state }) => state === "failed");
  const own = failed.filter(({ name }) => !failsUpstream.has(name));
  const figures: Figure[] = [
    {
      what: title,
      value: counts(tests),
      goal: upstream.length === 0 ? "none failed" : "none failed that passes with upstream's program",
      holds: own.length === 0,
    },
  ];
  if (upstream.length > 0) figures.push({ what: `${title}, upstream's program`, value: counts(upstream) });
  const skipped = tests.filter(({ state }) => state === "skipped");
  const notOfThisRelease = failed.filter(({ name }) => failsUpstream.has(name));
  return {
    figures: [...figures, ...own.map(({ name, message }) => failureOf(title, name, message))],
    skipped: [
      ...skipped.map(({ name, message }) => ({ what: `${title}: ${name}`, why: message })),
      ...notOfThisRelease.map(({ name }) => ({
        what: `${title}: ${name}`,
        why: "not of this release: it fails with upstream's program, too",
      })),
    ],
  };
}

function counts(tests: readonly SuiteTest[]): string {
  const count = (state: SuiteTest["state"]) => tests.filter((test) => test.state === state).length;
  return `${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`;
}

function failureOf(title: string, name: string, message: string): Figure {
  const [first = ""] = message.split("\n").filter((line) => line.trim() !== "");
  return {
    what: `${title}: ${name}`,
    value: first === "" ? "failed" : `failed: ${first}`,
    goal: "passed",
    holds: false,
  };
}
