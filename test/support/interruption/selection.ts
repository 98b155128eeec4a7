// Which of the moments of a workflow a suite tries.
import { Random } from "../random.ts";

/**
 * RESUME_MOMENTS: "all"; "1/4" for every fourth one, in which case the seed says with which it begins; or how many at
 * random in addition to one of each kind of step. RESUME_SEED: which ones; the same in every run by default, so that a
 * failure of
 * `npm test` is one of the change.
 */
export interface Selection {
  readonly all: boolean;
  /** Of all, every one whose number is the seed's modulo `every`. */
  readonly every: number;
  readonly random: number;
  readonly seed: number;
}

export function selectionOf(environment: Readonly<Record<string, string | undefined>>, random: number): Selection {
  const { RESUME_MOMENTS: moments = String(random), RESUME_SEED: seed = "1" } = environment;
  const every = moments === "all" ? 1 : Number(/^1\/([1-9]\d*)$/.exec(moments)?.[1]);
  if (every > 0) return { all: true, every, random: 0, seed: Number(seed) };
  if (!/^\d+$/.test(moments)) throw new Error(`RESUME_MOMENTS=${moments} is neither "all", nor 1/N, nor a number`);
  return { all: false, every: 1, random: Number(moments), seed: Number(seed) };
}

/** Returns what a selection takes of all there is. */
export function everyOf<T>(all: readonly T[], { every, seed }: Pick<Selection, "every" | "seed">): readonly T[] {
  return all.filter((_, index) => index % every === seed % every);
}

/** Says in words what is tried: "every moment", "every 4th moment from 1 on". */
export function wordsOf({ all, every, seed }: Selection, what: string): string {
  if (!all) return `${what}s of seed ${seed}`;
  return every === 1 ? `every ${what}` : `one ${what} of ${every}, from ${seed % every} on`;
}

export interface SampleOptions {
  /** Whether a sample has the moment after the first step of each kind, too. */
  readonly ofEachKind: boolean;
}

/** Moment 2n is before step n, moment 2n+1 after it. */
export function momentsOf(
  steps: readonly string[],
  selection: Selection,
  { ofEachKind }: SampleOptions,
): readonly number[] {
  const { all, random, seed } = selection;
  if (all) return everyOf([...Array(2 * steps.length).keys()], selection);
  const kinds = ofEachKind ? steps.map((step) => step.replace(/ .*/, "")) : [];
  const firsts = kinds.flatMap((kind, index) => (kinds.indexOf(kind) === index ? [2 * index + 1] : []));
  const numbers = new Random(seed);
  const others = Array.from({ length: random }, () => Math.floor(numbers.next() * 2 * steps.length));
  return [...new Set([...firsts, ...others])].toSorted((left, right) => left - right);
}
