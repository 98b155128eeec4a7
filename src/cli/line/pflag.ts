import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import { quoteRune } from "../../go/rune.ts";
import type { FlagSpec, Flags } from "../../kubeadm/flags/flag.ts";
import { defined } from "../../values/defined.ts";
import { nearest } from "../../values/nearest.ts";
import { defaultOf, noOptDefaultOf, rulesOf } from "./flag-types.ts";

/** What a command line has set, filled while it is read: after an error it holds what stood before the error. */
export interface ParsedFlags {
  readonly set: Map<string, unknown>;
  readonly args: string[];
}

export function nothingParsed(): ParsedFlags {
  return { set: new Map(), args: [] };
}

/**
 * Reads flags and arguments as spf13/pflag does, whose every habit and message users of kubeadm know: flags may stand
 * among the arguments, `--` ends them, shorthands combine, bools take a value only behind `=`.
 */
export function parseFlags(argv: readonly string[], flags: Flags, parsed = nothingParsed()): ParsedFlags {
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      parsed.args.push(...rest);
      break;
    }
    if (word.startsWith("--")) readLongFlag(word, rest, { flags, parsed });
    else if (word.startsWith("-") && word.length > 1) readShorthands(word.slice(1), rest, { flags, parsed });
    else parsed.args.push(word);
  }
  return parsed;
}

interface Target {
  readonly flags: Flags;
  readonly parsed: ParsedFlags;
}

/** `rest` loses its first word where that is the flag's value. */
function readLongFlag(word: string, rest: string[], target: Target): void {
  const text = word.slice(2);
  if (text.startsWith("-") || text.startsWith("=")) throw usageError(`bad flag syntax: ${word}`);
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  const flag = Object.hasOwn(target.flags, name) ? target.flags[name] : undefined;
  if (flag === undefined) throw unknownFlag(`unknown flag: --${name}`, name, target.flags);
  if (equals < 0) refuseDetachedValue(name, flag, rest[0]);
  const value = equals < 0 ? (noOptDefaultOf(flag) ?? rest.shift()) : text.slice(equals + 1);
  if (value === undefined) throw usageError(`flag needs an argument: --${name}`);
  setFlag(name, value, target);
}

/**
 * The word after a flag that may stand alone is an argument, which most commands ignore: one that can only be the flag's
 * value would be lost. Bools are as in pflag.
 */
function refuseDetachedValue(name: string, flag: FlagSpec, next: string | undefined): void {
  if (next === undefined || flag.noOptDefault === undefined || !isUnmistakable(flag, next)) return;
  throw usageError(
    `the value of --${name} must be in the same word: ${goQuote(next)} would be ignored`,
    `Use --${name}=${next}, or --${name} alone for ${flag.noOptDefault}.`,
  );
}

/** Reports whether a word is the value of the flag, if mistyped, and nothing that a command takes as an argument. */
function isUnmistakable(flag: FlagSpec, word: string): boolean {
  if (flag.type === "string" || flag.type === "secret") return false;
  if (/^[0-9]+$/.test(word)) return true;
  try {
    rulesOf(flag).parse(word, undefined);
    return true;
  } catch {
    return false;
  }
}

function readShorthands(cluster: string, rest: string[], target: Target): void {
  for (let left = cluster; left !== ""; ) {
    const [letter = ""] = left;
    const name = Object.keys(target.flags).find((candidate) => target.flags[candidate]?.shorthand === letter);
    const flag = name === undefined ? undefined : target.flags[name];
    if (name === undefined || flag === undefined) {
      throw unknownFlag(`unknown shorthand flag: ${quoteRune(letter)} in -${left}`, cluster, target.flags);
    }
    const bare = noOptDefaultOf(flag);
    const after = left.slice(letter.length);
    left = "";
    if (after.startsWith("=") && after.length > 1) setFlag(name, after.slice(1), target);
    else if (bare !== undefined) {
      setFlag(name, bare, target);
      left = after;
    } else if (after !== "") setFlag(name, after, target);
    else {
      const value = rest.shift();
      if (value === undefined) throw usageError(`flag needs an argument: ${quoteRune(letter)} in -${letter}`);
      setFlag(name, value, target);
    }
  }
}

function setFlag(name: string, text: string, { flags, parsed }: Target): void {
  const flag = flags[name];
  if (flag === undefined) return;
  try {
    parsed.set.set(name, rulesOf(flag).parse(text, parsed.set.get(name)));
  } catch (error) {
    const shown = flag.shorthand === undefined ? `--${name}` : `-${flag.shorthand}, --${name}`;
    throw usageError(`invalid argument ${goQuote(text)} for "${shown}" flag: ${messageOf(error)}`);
  }
}

/** Every flag's value: what was set, else its default. */
export function valuesOf(flags: Flags, parsed: ParsedFlags): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]: [string, FlagSpec]) => [name, parsed.set.get(name) ?? defaultOf(flag)]),
  );
}

function unknownFlag(message: string, typed: string, flags: Flags): KubeadmError {
  const visible = Object.keys(flags).filter((name) => flags[name]?.hidden !== true);
  const meant = nearest(typed, visible);
  if (meant === undefined) return usageError(message);
  return usageError(message, `Did you mean --${meant}? Run the command with --help to see every flag.`);
}

function usageError(message: string, remedy?: string): KubeadmError {
  return new KubeadmError("USAGE", message, defined({ remedy }));
}
