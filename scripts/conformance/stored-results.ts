import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type RunResult, resultsDirectory } from "../results/result.ts";
import { conformanceRuns } from "./runs.ts";

/** The results that the page was made from; part of the repository. */
export const storedDirectory = join(import.meta.dirname, "../../docs/conformance");

export function storedResults(directory: string = storedDirectory): ReadonlyMap<string, RunResult> {
  const results = globSync("*.json", { cwd: directory }).map((file) => read(join(directory, file)));
  return new Map(results.map((result) => [result.name, result]));
}

/** Copies the results of this machine that are newer than the stored ones. Returns the names of those, and of runs that
 * the page does not know. */
export function collectResults(from: string = resultsDirectory, to: string = storedDirectory) {
  const stored = storedResults(to);
  const found = existsSync(from) ? globSync("*.json", { cwd: from }) : [];
  const collected: string[] = [];
  const unknown: string[] = [];
  for (const file of found.sort()) {
    const result = read(join(from, file));
    const isKnown = conformanceRuns.some(({ name }) => name === result.name);
    if (!isKnown) unknown.push(basename(file));
    if (!isKnown || result.date <= (stored.get(result.name)?.date ?? "")) continue;
    writeFileSync(join(to, file), `${JSON.stringify(result, null, 2)}\n`);
    collected.push(result.name);
  }
  return { collected, unknown };
}

function read(path: string): RunResult {
  return JSON.parse(readFileSync(path, "utf8")) as RunResult;
}
