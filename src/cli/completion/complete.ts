import { orElse } from "../../async/or-else.ts";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import type { FlagSpec, Flags, ValueSource } from "../../kubeadm/flags/flag.ts";
import { defined } from "../../values/defined.ts";
import type { CommandSpec, PhaseLine } from "../line/command.ts";
import { type CommandChain, commandOf, flagsOf } from "../line/command-chain.ts";
import { findCommand } from "../line/dispatch.ts";
import { noOptDefaultOf } from "../line/flag-types.ts";

export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** The candidates for the word at the cursor. */
export interface Completion {
  /** "open": the user continues the word after the completion, so no blank follows. */
  readonly kind: "words" | "open" | "files" | "directories";
  /** The beginning of the current word, which precedes every candidate or path. */
  readonly prefix: string;
  readonly candidates: readonly Candidate[];
}

const nothing: Completion = { kind: "words", prefix: "", candidates: [] };

/** Completes the last word of a command line, which may be empty. The words do not include the program. */
export async function complete(root: CommandSpec, words: readonly string[]): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const found = await find(root, words.slice(0, -1));
  if (found === undefined) return nothing;
  const { chain, rest } = found;
  const { local, inherited } = flagsOf(chain);
  const flags = { ...inherited, ...local };
  const typed = readWords(rest, flags);
  if (typed.pending !== undefined) return valuesFor(typed.pending, flags, { chain, prefix: "", text: current });
  if (!typed.ended && current.startsWith("-")) return flagsFor(current, { chain, flags, given: typed.given });
  const answer = await argumentsFor(root, chain, typed.args, current);
  const leaf = !(commandOf(chain).commands ?? []).some(({ hidden }) => hidden !== true);
  if (answer.length === 0 && current === "" && leaf && !typed.ended) {
    return flagsFor("--", { chain, flags, given: typed.given });
  }
  return { ...nothing, candidates: answer };
}

/** Returns the command that the words name; undefined if they name none. */
async function find(root: CommandSpec, words: readonly string[]) {
  return orElse(undefined, isKubeadmError, () => findCommand(root, words));
}

interface Typed {
  readonly args: readonly string[];
  /** Long names of the flags that were given. */
  readonly given: ReadonlySet<string>;
  /** Name of the flag that still needs its value. */
  readonly pending?: string;
  /** After "--": no more flags. */
  readonly ended: boolean;
}

function readWords(words: readonly string[], flags: Flags): Typed {
  const args: string[] = [];
  const given = new Set<string>();
  let pending: string | undefined;
  for (const [index, word] of words.entries()) {
    if (pending !== undefined) pending = undefined;
    else if (word === "--") return { args: [...args, ...words.slice(index + 1)], given, ended: true };
    else if (word.startsWith("-") && word.length > 1) {
      const names = word.startsWith("--") ? [word.slice(2)] : shorthandsOf(word.slice(1), flags);
      for (const name of names) given.add(name.split("=")[0] ?? name);
      const last = names.at(-1) ?? "";
      const flag = flags[last];
      if (flag !== undefined && noOptDefaultOf(flag) === undefined && !word.includes("=")) pending = last;
    } else args.push(word);
  }
  return { args, given, ended: false, ...defined({ pending }) };
}

/** "-vf": returns a name for each letter, up to a flag with its value in the same word. */
function shorthandsOf(letters: string, flags: Flags): readonly string[] {
  const names: string[] = [];
  for (const [index, letter] of [...letters].entries()) {
    const name = Object.keys(flags).find((each) => flags[each]?.shorthand === letter);
    const flag = name === undefined ? undefined : flags[name];
    if (name === undefined || flag === undefined) return names;
    const valued = noOptDefaultOf(flag) === undefined && index < letters.length - 1;
    names.push(valued ? `${name}=` : name);
    if (valued) return names;
  }
  return names;
}

interface FlagContext {
  readonly chain: CommandChain;
  readonly flags: Flags;
  readonly given: ReadonlySet<string>;
}

function flagsFor(current: string, { chain, flags, given }: FlagContext): Completion {
  const equals = current.indexOf("=");
  if (equals > 0 && current.startsWith("--")) {
    const prefix = current.slice(0, equals + 1);
    return valuesFor(current.slice(2, equals), flags, { chain, prefix, text: current.slice(equals + 1) });
  }
  const candidates = Object.entries(flags)
    .filter(([name, flag]) => flag.hidden !== true && (!given.has(name) || isRepeatable(flag)))
    .map(([name, flag]) => ({ value: `--${name}`, description: sentence(flag.usage) }))
    .filter(({ value }) => value.startsWith(current))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
  return { ...nothing, candidates };
}

function isRepeatable({ type }: FlagSpec): boolean {
  return type === "strings" || type === "stringArray";
}

/** Returns the first sentence, without the markup of help texts. */
function sentence(usage: string): string {
  return (/^.*?\.(?= |$)/.exec(usage)?.[0] ?? usage).replaceAll("`", "").replace(/\.$/, "");
}

interface ValueContext {
  readonly chain: CommandChain;
  /** "--flag=" if the value is in the same word. */
  readonly prefix: string;
  readonly text: string;
}

const fileForms = /^(?:go-template-file|templatefile|jsonpath-file)=/;

function valuesFor(name: string, flags: Flags, { chain, prefix, text }: ValueContext): Completion {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) return nothing;
  const source = sourceOf(flag) ?? "nothing";
  if (source === "nothing") return nothing;
  if (source === "files" || source === "directories") return { kind: source, prefix, candidates: [] };
  const words = source === "phases" ? phaseNames(commandOf(chain).phases ?? []) : source;
  const form = words.some((word) => fileForms.test(word)) ? fileForms.exec(text) : null;
  if (form !== null) return { kind: "files", prefix: prefix + form[0], candidates: [] };
  return flag.type === "strings" || name === "feature-gates"
    ? listed(words, prefix, text)
    : chosen(words, prefix, text);
}

/** Returns undefined for a flag without `offers` in its record. */
export function sourceOf({ type, offers }: FlagSpec): ValueSource | undefined {
  return type === "bool" ? ["true", "false"] : offers;
}

/** Returns full names, as --skip-phases accepts them. */
export function phaseNames(lines: readonly PhaseLine[]): readonly string[] {
  const way: string[] = [];
  return lines.map(({ label }) => {
    const depth = (label.length - label.trimStart().length) / 2;
    way.splice(depth, way.length, label.trim().replace(/^\//, ""));
    return way.join("/");
  });
}

function chosen(words: readonly string[], prefix: string, text: string): Completion {
  const fitting = words.filter((word) => word.startsWith(text));
  const isPrefix = fitting.length > 0 && fitting.every((word) => /[=:]$/.test(word));
  return { kind: isPrefix ? "open" : "words", prefix, candidates: fitting.map((value) => ({ value })) };
}

/** Offers a further item of a comma-separated list, without those that are already in it. */
function listed(words: readonly string[], prefix: string, text: string): Completion {
  const comma = text.lastIndexOf(",") + 1;
  const used = text.slice(0, comma).split(",");
  const fitting = words.filter((word) => word.startsWith(text.slice(comma)) && !used.includes(word));
  return { kind: "open", prefix: prefix + text.slice(0, comma), candidates: fitting.map((value) => ({ value })) };
}

async function argumentsFor(
  root: CommandSpec,
  chain: CommandChain,
  args: readonly string[],
  current: string,
): Promise<readonly Candidate[]> {
  const { argumentValues } = commandOf(chain);
  if (argumentValues === "commands") {
    const topic = await find(root, args);
    return topic === undefined ? [] : subcommands(commandOf(topic.chain), current);
  }
  if (args.length > 0) return [];
  const values = (argumentValues ?? []).filter((value) => value.startsWith(current)).map((value) => ({ value }));
  return [...subcommands(commandOf(chain), current), ...values];
}

function subcommands({ commands = [] }: CommandSpec, current: string): readonly Candidate[] {
  return commands
    .filter(({ name, hidden }) => hidden !== true && name.startsWith(current))
    .map(({ name, short }) => ({ value: name, description: short }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}

/**
 * Returns what the shells' scripts read: a line with the kind, one with the prefix, then a line for each candidate, with
 * a tab before its description.
 */
export function completionText({ kind, prefix, candidates }: Completion): string {
  const lines = candidates.map(({ value, description }) =>
    description === undefined ? value : `${value}\t${description.replaceAll(/\s+/g, " ")}`,
  );
  return [kind, prefix, ...lines].map((line) => `${line}\n`).join("");
}
