import { isKubeadmError, messageOf } from "../../src/errors/kubeadm-error.ts";

/** A parser of data that comes from outside, with what it may do with them. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs, which mutations begin with. */
  readonly samples: () => readonly Uint8Array[];
  /** Words that mean something to the parser. */
  readonly words: readonly string[];
  /**
   * Passes an input to the parser. Returns what kind of answer it gave; throws if the parser did something that it must not
   * do, such as throwing an error of another kind than its own.
   */
  readonly read: (input: Uint8Array) => string | Promise<string>;
}

type ErrorClass = new (...args: never[]) => Error;

/** The kind of answer, from what the work returns or throws. Errors of these classes are answers; all others are failures. */
export function answer(work: () => unknown, ...refusals: readonly ErrorClass[]): string {
  try {
    const value = work();
    return typeof value === "string" ? value : "accepted";
  } catch (error) {
    return refusal(error, refusals);
  }
}

export async function answerLater(work: () => Promise<unknown>, ...refusals: readonly ErrorClass[]): Promise<string> {
  try {
    await work();
    return "accepted";
  } catch (error) {
    return refusal(error, refusals);
  }
}

function refusal(error: unknown, refusals: readonly ErrorClass[]): string {
  const isExpected = refusals.some((each) => error instanceof each) || isRefusalOfUser(error);
  if (!isExpected) throw error;
  return kindOf(error);
}

/** A KubeadmError is meant for a person. One with the code INTERNAL does not exist: it is what other errors become. */
function isRefusalOfUser(error: unknown): boolean {
  return isKubeadmError(error);
}

/** The message without what it quotes, so that the same refusal of two inputs is the same kind. */
function kindOf(error: unknown): string {
  return messageOf(error)
    .slice(0, 200)
    .replace(/"(?:[^"\\]|\\.)*"?|'[^']*'?/g, "Q")
    .replace(/[0-9]+/g, "N")
    .replace(/[^\x20-\x7e]+/g, "U")
    .slice(0, 80);
}

/** A result that is not what it must be. */
export class WrongAnswer extends Error {
  override readonly name = "WrongAnswer";
}

/** Two values that must be the same, as JSON shows them. */
export function requireSame(what: string, found: unknown, expected: unknown): void {
  const [left, right] = [shown(found), shown(expected)];
  if (left !== right) throw new WrongAnswer(`${what}: ${left.slice(0, 300)} instead of ${right.slice(0, 300)}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? "undefined";
}

const encoder = new TextEncoder();
/** As the program decodes what it reads: bytes that are not UTF-8 are replaced. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A target whose parser takes a text. */
export function textTarget(
  name: string,
  {
    samples,
    words = [],
    read,
  }: {
    readonly samples: () => readonly string[];
    readonly words?: readonly string[];
    readonly read: (text: string) => string | Promise<string>;
  },
): FuzzTarget {
  return {
    name,
    words,
    samples: () => samples().map((text) => encoder.encode(text)),
    read: (input) => read(decoder.decode(input)),
  };
}

/** A target whose parser takes bytes. */
export function byteTarget(
  name: string,
  {
    samples,
    read,
  }: {
    readonly samples: () => readonly Uint8Array[];
    readonly read: (bytes: Uint8Array) => string | Promise<string>;
  },
): FuzzTarget {
  return { name, words: [], samples, read };
}
