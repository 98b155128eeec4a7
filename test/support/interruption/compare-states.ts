// Compares what two runs leave, once that no longer changes: kubelets and controllers continue after a program has ended.
import { isDeepStrictEqual } from "node:util";
import type { EndState } from "./end-state.ts";

/** On a busy machine a kubelet or a controller may do nothing for a second, and then continue. */
const settleMs = 3_000;
const settleLimitMs = 60_000;

/** `read` returns undefined while there is no state, because no API server runs. */
export async function settledState<State extends EndState>(read: () => State | undefined): Promise<State> {
  const deadline = performance.now() + settleLimitMs;
  for (let state = read(); ; ) {
    await pause(settleMs);
    const next = read();
    const isLate = performance.now() > deadline;
    if (next !== undefined && (isLate || isDeepStrictEqual(next, state))) return next;
    if (isLate) throw new Error("no API server");
    state = next;
  }
}

/** Returns how the state differs from the expected one, once that no longer changes; empty if it does not. */
export async function differencesFrom<State extends EndState>(
  expected: State,
  read: () => State | undefined,
): Promise<readonly string[]> {
  const deadline = performance.now() + settleLimitMs;
  for (;;) {
    const found = read();
    if (isDeepStrictEqual(found, expected)) return [];
    if (performance.now() > deadline) return found === undefined ? ["no API server"] : differences(expected, found);
    await pause(100);
  }
}

function differences<State extends EndState>(expected: State, found: State): readonly string[] {
  return (Object.keys(expected) as (keyof State)[]).flatMap((part) => {
    const [wanted, present] = [expected[part] as Part, found[part] as Part];
    if (isLines(wanted) && isLines(present)) {
      return [
        ...without(present, wanted).map((line) => `too much: ${line}`),
        ...without(wanted, present).map((line) => `missing: ${line}`),
      ];
    }
    const [before, after] = [wanted, present] as readonly Readonly<Record<string, unknown>>[];
    return Object.keys({ ...before, ...after })
      .filter((key) => !isDeepStrictEqual(after?.[key], before?.[key]))
      .map((key) => `${key} is ${JSON.stringify(after?.[key])}, not ${JSON.stringify(before?.[key])}`);
  });
}

/** Every part of a state is a list of lines or a record. */
type Part = readonly string[] | Readonly<Record<string, unknown>>;

function isLines(part: Part): part is readonly string[] {
  return Array.isArray(part);
}

/** Takes each of `others` once from the lines. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return lines.filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
