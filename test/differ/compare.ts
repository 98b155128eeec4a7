import type { Observation } from "./observe/observation.ts";

/** One place in which two observations are not the same. */
export interface Difference {
  /** `status`, `stdout`, `file /etc/kubernetes/admin.conf`, … */
  readonly where: string;
  /** Undefined where there is nothing. */
  readonly ours: string | undefined;
  readonly upstream: string | undefined;
}

export function compare(ours: Observation, upstream: Observation): readonly Difference[] {
  const plain = (where: "status" | "stdout" | "stderr") => [{ where, ours: ours[where], upstream: upstream[where] }];
  const list = (where: "calls" | "requests" | "runtimeCalls") => [
    { where, ours: ours[where].join("\n"), upstream: upstream[where].join("\n") },
  ];
  const named = (word: string, member: "files" | "objects") =>
    [...new Set([...Object.keys(ours[member]), ...Object.keys(upstream[member])])]
      .sort()
      .map((key) => ({ where: `${word} ${key}`, ours: ours[member][key], upstream: upstream[member][key] }));
  return [
    ...plain("status"),
    ...plain("stdout"),
    ...plain("stderr"),
    ...named("file", "files"),
    ...list("calls"),
    ...list("requests"),
    ...named("object", "objects"),
    ...list("runtimeCalls"),
  ].filter((difference) => difference.ours !== difference.upstream);
}

/** How many lines one has and the other has not, order aside, and one more for each place. */
export function size(differences: readonly Difference[]): number {
  return differences.reduce(
    (sum, { ours, upstream }) => sum + 1 + unmatched(ours, upstream) + unmatched(upstream, ours),
    0,
  );
}

function unmatched(text = "", other = ""): number {
  const left = new Map<string, number>();
  for (const line of other.split("\n")) left.set(line, (left.get(line) ?? 0) + 1);
  let count = 0;
  for (const line of text.split("\n")) {
    const there = left.get(line) ?? 0;
    if (there === 0) count++;
    else left.set(line, there - 1);
  }
  return count;
}
