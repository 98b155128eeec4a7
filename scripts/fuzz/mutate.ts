import type { Random } from "../../test/support/random.ts";

/** Longer inputs take longer without reaching more. */
export const mostBytes = 16_384;
/** Of the few that repeat a part of themselves: what takes longer than linear time shows there. */
export const mostRepeatedBytes = 65_536;

const interesting: readonly string[] = [
  ...["0", "-1", "1", "255", "256", "65535", "65536", "2147483648", "4294967296", "9007199254740993", "1e999", "-0"],
  ...["\0", "\n", "\r\n", "\t", " ", "\u2028", "\ufeff", "\ud7ff", "é", "𝒳", "%", "\\", '"', "'", "`", "$", "{{", "}}"],
  ...["null", "true", "~", "{}", "[]", '""', "__proto__", "constructor", "toString", "length", "NaN", ".inf", "../"],
];

const encoder = new TextEncoder();

type Mutation = (input: Uint8Array, world: World) => Uint8Array;

interface World {
  readonly random: Random;
  readonly samples: readonly Uint8Array[];
  readonly words: readonly string[];
}

/** A changed copy of one of the samples: one to six changes, of bytes, of words, of lines. */
export function mutated(world: World): Uint8Array {
  const { random, samples } = world;
  let input = random.pick(samples);
  for (let left = 1 + below(random, 6); left > 0; left--) input = random.pick(mutations)(input, world);
  if (input.length > mostBytes) input = input.subarray(0, mostBytes);
  return random.next() < 1 / 500 ? withRepeatedPart(input, world) : input;
}

function below(random: Random, limit: number): number {
  return Math.floor(random.next() * limit);
}

/** A part of the input: often short, sometimes long. */
function part(input: Uint8Array, random: Random): readonly [number, number] {
  const from = below(random, input.length + 1);
  const longest = random.next() < 0.8 ? 16 : input.length;
  return [from, Math.min(input.length, from + below(random, longest + 1))];
}

function replaced(input: Uint8Array, [from, to]: readonly [number, number], by: Uint8Array): Uint8Array {
  const result = new Uint8Array(input.length - (to - from) + by.length);
  result.set(input.subarray(0, from));
  result.set(by, from);
  result.set(input.subarray(to), from + by.length);
  return result;
}

const none = new Uint8Array(0);

function lineAt(input: Uint8Array, at: number): readonly [number, number] {
  const from = at === 0 ? 0 : input.lastIndexOf(10, at - 1) + 1;
  const end = input.indexOf(10, at);
  return [from, end < 0 ? input.length : end + 1];
}

const wordForm = /[A-Za-z0-9_./-]+/g;

const mutations: readonly Mutation[] = [
  // One bit.
  (input, { random }) => {
    const changed = Uint8Array.from(input);
    const at = below(random, input.length);
    if (input.length > 0) changed[at] = (changed[at] ?? 0) ^ (1 << below(random, 8));
    return changed;
  },
  // One byte.
  (input, { random }) => {
    const changed = Uint8Array.from(input);
    if (input.length > 0) changed[below(random, input.length)] = below(random, 256);
    return changed;
  },
  (input, { random }) => replaced(input, part(input, random), none),
  (input, { random }) => {
    const [from, to] = part(input, random);
    return replaced(input, [to, to], input.slice(from, to));
  },
  (input, { random, samples }) => {
    const other = random.pick(samples);
    const [from, to] = part(other, random);
    return replaced(input, part(input, random), other.subarray(from, to));
  },
  // The beginning of one and the end of another.
  (input, { random, samples }) => {
    const other = random.pick(samples);
    return replaced(
      input,
      [below(random, input.length + 1), input.length],
      other.subarray(below(random, other.length + 1)),
    );
  },
  (input, { random }) => replaced(input, part(input, random), encoder.encode(random.pick(interesting))),
  (input, { random, words }) => {
    const word = encoder.encode(random.pick(words.length > 0 ? words : interesting));
    const at = below(random, input.length + 1);
    return replaced(input, [at, at], word);
  },
  (input, { random, words }) => replaceWord(input, random, random.pick([...words, ...interesting])),
  (input, { random, samples }) => {
    const word = wordOf(random.pick(samples), random);
    return word === undefined ? input : replaceWord(input, random, word);
  },
  // Lines: without one, with one twice, with one elsewhere, with another indentation.
  (input, { random }) => replaced(input, lineAt(input, below(random, input.length + 1)), none),
  (input, { random }) => {
    const [from, to] = lineAt(input, below(random, input.length + 1));
    return replaced(input, [to, to], input.slice(from, to));
  },
  (input, { random }) => {
    const [from, to] = lineAt(input, below(random, input.length + 1));
    const [at] = lineAt(input, below(random, input.length + 1));
    return replaced(input, [at, at], input.slice(from, to));
  },
  (input, { random }) => {
    const [from] = lineAt(input, below(random, input.length + 1));
    const spaces = encoder.encode(" ".repeat(1 + below(random, 4)));
    return random.next() < 0.5
      ? replaced(input, [from, from], spaces)
      : replaced(input, [from, Math.min(from + 1, input.length)], none);
  },
  (input, { random }) => input.slice(0, below(random, input.length + 1)),
];

function wordsIn(input: Uint8Array): readonly RegExpExecArray[] {
  return [...Buffer.from(input.subarray(0, 4096)).toString("latin1").matchAll(wordForm)];
}

function wordOf(input: Uint8Array, random: Random): string | undefined {
  const words = wordsIn(input);
  return words.length === 0 ? undefined : random.pick(words)[0];
}

function replaceWord(input: Uint8Array, random: Random, by: string): Uint8Array {
  const words = wordsIn(input);
  if (words.length === 0) return encoder.encode(by);
  const { index, 0: word } = random.pick(words);
  return replaced(input, [index, index + word.length], encoder.encode(by));
}

/** A part so often that it fills the longest input: nested brackets, long words, many lines. */
function withRepeatedPart(input: Uint8Array, { random }: World): Uint8Array {
  const [from, to] = part(input, random);
  const piece = input.slice(from, Math.max(to, Math.min(from + 1, input.length)));
  if (piece.length === 0) return input;
  const times = Math.floor((mostRepeatedBytes - input.length) / piece.length);
  const many = new Uint8Array(piece.length * Math.max(times, 1));
  for (let at = 0; at < many.length; at += piece.length) many.set(piece, at);
  return replaced(input, [to, to], many);
}
