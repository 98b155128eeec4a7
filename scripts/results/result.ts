// What a long run has measured, for docs/conformance.md: one JSON file for each run, where later commands find it. No number
// on that page is typed manually, so everything that it shows has to be here.
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubernetesVersion, programVersion } from "../../src/kubeadm/version.ts";

export interface Figure {
  /** What was measured: "inputs of the parser of YAML", "requests of a join". */
  readonly what: string;
  readonly value: number | string;
  readonly unit?: string;
  /** What it should be, as the page prints it: "≤ 3 s". */
  readonly goal?: string;
  /** Whether it is. Only where there is a goal. */
  readonly holds?: boolean;
}

export interface Skipped {
  readonly what: string;
  readonly why: string;
}

export interface RunResult {
  /** Also the name of the file, without its extension. */
  readonly name: string;
  /** What a person types to get these figures again. */
  readonly command: string;
  readonly version: string;
  /** Of the checkout, shortened; with "+" where files were changed since. Absent outside of a checkout. */
  readonly commit?: string;
  readonly seed?: number;
  /** When the run ended, in ISO 8601. */
  readonly date: string;
  readonly durationSeconds: number;
  readonly figures: readonly Figure[];
  readonly skipped: readonly Skipped[];
}

/** Ignored by git, kept by `npm run setup`. */
export const resultsDirectory = join(import.meta.dirname, "../../node_modules/.cache/kubeadm-results");

/** Starts counting the time; the returned function writes the result and returns the path of the file. */
export function startResult(
  about: Pick<RunResult, "name" | "command" | "seed">,
  directory: string = resultsDirectory,
): (content: Pick<RunResult, "figures" | "skipped">) => string {
  const started = performance.now();
  // At the start, since a checkout may move on while a run takes its hours.
  const commit = commitOfCheckout();
  return ({ figures, skipped }) => {
    const durationSeconds = Math.round((performance.now() - started) / 100) / 10;
    const { name, command, seed } = about;
    const result: RunResult = {
      name,
      command,
      version: `${programVersion}, as kubeadm ${kubernetesVersion}`,
      ...(commit === undefined ? {} : { commit }),
      ...(seed === undefined ? {} : { seed }),
      date: new Date().toISOString(),
      durationSeconds,
      figures,
      skipped,
    };
    mkdirSync(directory, { recursive: true });
    const path = join(directory, `${name}.json`);
    writeFileSync(`${path}.new`, `${JSON.stringify(result, null, 2)}\n`);
    renameSync(`${path}.new`, path);
    return path;
  };
}

function commitOfCheckout(): string | undefined {
  const git = (...args: readonly string[]) =>
    spawnSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).stdout?.trim() ?? "";
  const commit = git("rev-parse", "--short=8", "HEAD");
  if (commit === "") return undefined;
  return git("status", "--porcelain", "--untracked-files=no") === "" ? commit : `${commit}+`;
}

/** "≤ 3 s", and whether it holds. */
export function atMost(what: string, value: number, limit: number, unit?: string): Figure {
  const of = unit === undefined ? "" : ` ${unit}`;
  return { what, value, ...(unit === undefined ? {} : { unit }), goal: `≤ ${limit}${of}`, holds: value <= limit };
}

/** Why a test was skipped: names end with what they need, in brackets, where a machine may lack it. */
export function reasonOfSkipped(name: string): string {
  return /\[(needs [^\]]+)\]/.exec(name)?.[1] ?? "does not apply here";
}

/** Whether every figure with a goal reaches it. */
export function allHold(figures: readonly Figure[]): boolean {
  return figures.every(({ holds }) => holds !== false);
}
