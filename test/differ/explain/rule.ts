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
  readonly apply: (pair: Pair, asItWas: Pair) => Pair | undefined;
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
  // One rule may make way for another, so continue until none applies.
  for (let changed = true; changed && differences.length > 0; ) {
    changed = false;
    for (const { key, apply } of rules) {
      const next = apply(current, pair);
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
type List = "calls" | "requests" | "runtimeCalls";

/** Our lines that upstream's program does not print. */
export function extraLines(key: string, pattern: RegExp, stream: Stream = "stderr"): Rule {
  return { key, apply: (pair) => ({ ...pair, ours: withoutLines(pair.ours, stream, pattern) }) };
}

/** Lines of upstream's program that ours does not print. */
export function missingLines(key: string, pattern: RegExp, stream: Stream = "stderr"): Rule {
  return { key, apply: (pair) => ({ ...pair, upstream: withoutLines(pair.upstream, stream, pattern) }) };
}

/** Lines that both print, but not as often. */
export function repeatedLines(key: string, pattern: RegExp, stream: Stream = "stderr"): Rule {
  const once = (observation: Observation): Observation => {
    const lines = observation[stream].split("\n");
    const kept = lines.filter((line, index) => !pattern.test(line) || lines.indexOf(line) === index);
    return { ...observation, [stream]: kept.join("\n") };
  };
  return { key, apply: ({ ours, upstream, ...rest }) => ({ ...rest, ours: once(ours), upstream: once(upstream) }) };
}

/** Calls and requests that change nothing. */
export function entriesLeftOut(key: string, list: List, pattern: RegExp): Rule {
  const without = (observation: Observation): Observation => ({
    ...observation,
    [list]: observation[list].filter((entry) => !pattern.test(entry)),
  });
  return {
    key,
    apply: ({ ours, upstream, ...rest }) => ({ ...rest, ours: without(ours), upstream: without(upstream) }),
  };
}

/** One of the streams, in both, changed alike. */
export function streamRewritten(key: string, stream: Stream, change: (text: string) => string): Rule {
  const rewritten = (observation: Observation) => ({ ...observation, [stream]: change(observation[stream]) });
  return {
    key,
    apply: ({ ours, upstream, ...rest }) => ({ ...rest, ours: rewritten(ours), upstream: rewritten(upstream) }),
  };
}

/** The whole case is answered in another way, where `applies` holds. */
export function otherwise(key: string, applies: (pair: Pair) => boolean): Rule {
  return { key, apply: (pair, asItWas) => (applies(asItWas) ? { ...pair, ours: pair.upstream } : undefined) };
}

/** Both refuse for this reason, and tell it in other words. */
export function sameRefusal(key: string, reason: RegExp): Rule {
  return {
    key,
    apply: (pair) => {
      const { ours, upstream } = pair;
      const isSame = ours.status === upstream.status && reason.test(ours.stderr) && reason.test(upstream.stderr);
      return isSame ? { ...pair, ours: { ...ours, stdout: upstream.stdout, stderr: upstream.stderr } } : undefined;
    },
  };
}

/** Our program refuses with this code. */
export function refusesWith({ ours }: Pair, code: string): boolean {
  return ours.status === "1" && ours.stderr.includes(`\ncode: ${code}\n`);
}

/** Text everywhere in what one program did. */
export function mapTexts(observation: Observation, change: (text: string) => string): Observation {
  const entries = (record: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(record).map(([name, text]) => [change(name), change(text)]));
  return {
    ...observation,
    stdout: change(observation.stdout),
    stderr: change(observation.stderr),
    files: entries(observation.files),
    objects: entries(observation.objects),
    requests: observation.requests.map(change),
    calls: observation.calls.map(change),
  };
}

function withoutLines(observation: Observation, stream: Stream, pattern: RegExp): Observation {
  const lines = observation[stream].split("\n").filter((line) => !pattern.test(line));
  return { ...observation, [stream]: lines.join("\n") };
}
