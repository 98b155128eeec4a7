import { compare, type Difference, size } from "../compare.ts";
import type { Observation } from "../observe/observation.ts";
import type { Pair } from "../run-case.ts";

/** What is different on purpose: the key of a row in docs/differences.md, and how it shows. */
export interface Rule {
  readonly key: string;
  /**
   * The pair without this one difference, as if one program did as the other; undefined where it does not apply. It is
   * taken only where less is different then, so a rule cannot make up a difference, and others stay to be seen.
   */
  readonly apply: (pair: Pair) => Pair | undefined;
}

export interface Explanation {
  /** Keys of the rows that explain what was found. */
  readonly keys: readonly string[];
  /** What no row explains. */
  readonly rest: readonly Difference[];
}

export function explain(pair: Pair, rules: readonly Rule[]): Explanation {
  const keys = new Set<string>();
  let current = pair;
  let differences = compare(pair.ours, pair.upstream);
  // One rule may make way for another, so go on until none applies.
  for (let changed = true; changed && differences.length > 0; ) {
    changed = false;
    for (const { key, apply } of rules) {
      const next = apply(current);
      if (next === undefined) continue;
      const left = compare(next.ours, next.upstream);
      if (size(left) >= size(differences)) continue;
      [current, differences, changed] = [next, left, true];
      keys.add(key);
    }
  }
  return { keys: [...keys], rest: differences };
}

type Stream = "stdout" | "stderr";

/** Our lines that upstream's program does not print. */
export function extraLines(key: string, pattern: RegExp, stream: Stream = "stderr"): Rule {
  return { key, apply: (pair) => ({ ...pair, ours: withoutLines(pair.ours, stream, pattern) }) };
}

/** Lines of upstream's program that ours does not print. */
export function missingLines(key: string, pattern: RegExp, stream: Stream = "stderr"): Rule {
  return { key, apply: (pair) => ({ ...pair, upstream: withoutLines(pair.upstream, stream, pattern) }) };
}

function withoutLines(observation: Observation, stream: Stream, pattern: RegExp): Observation {
  const lines = observation[stream].split("\n").filter((line) => !pattern.test(line));
  return { ...observation, [stream]: lines.join("\n") };
}
