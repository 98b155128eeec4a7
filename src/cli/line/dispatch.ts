import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import type { Flags } from "../../kubeadm/flags/flag.ts";
import { nearest, suggestionsFor } from "../../values/nearest.ts";
import type { Ports } from "../ports.ts";
import type { ArgsRule, CommandEntry, CommandSpec, GlobalValues, Invocation } from "./command.ts";
import { type CommandChain, commandOf, flagsOf, pathOf } from "./command-chain.ts";
import { noOptDefaultOf } from "./flag-types.ts";
import { helpText } from "./help.ts";
import { type ParsedFlags, parseFlags, valuesOf } from "./pflag.ts";

export interface Found {
  readonly chain: CommandChain;
  /** The command line without the names of the commands found. */
  readonly rest: readonly string[];
}

/**
 * Finds the command that a command line names: as long as the first word that is neither flag nor flag's value names a
 * sub-command, that one continues (cobra's Find). At the root, a word that names nothing is an error.
 */
export async function findCommand(root: CommandSpec, argv: readonly string[]): Promise<Found> {
  let chain: CommandChain = [root];
  let rest = argv;
  for (;;) {
    const index = firstArgument(rest, knownFlags(chain));
    const word = index < 0 ? undefined : rest[index];
    const entry = commandOf(chain).commands?.find(
      ({ name, aliases }) => name === word || aliases?.includes(word ?? "") === true,
    );
    if (entry === undefined) {
      if (chain.length === 1 && word !== undefined) throw unknownCommand(word, chain);
      return { chain, rest };
    }
    chain = [...chain, await loadCommand(entry)];
    rest = rest.toSpliced(index, 1);
  }
}

async function loadCommand(entry: CommandEntry): Promise<CommandSpec> {
  return "load" in entry ? entry.load() : entry;
}

/** Cobra looks for sub-commands before it defines -h, so there -h seems to take a value. */
function knownFlags(chain: CommandChain): Flags {
  const { help: _, ...local } = flagsOf(chain).local;
  return { ...flagsOf(chain).inherited, ...local };
}

/** Index of the first word that is neither a flag nor the value of one; -1 for none. */
function firstArgument(argv: readonly string[], flags: Flags): number {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "--") return -1;
    if (takesNextWord(word, flags)) index++;
    else if (word !== "" && !word.startsWith("-")) return index;
  }
  return -1;
}

function takesNextWord(word: string, flags: Flags): boolean {
  if (!word.startsWith("-") || word.includes("=")) return false;
  if (word.startsWith("--")) {
    const flag = flags[word.slice(2)];
    return flag === undefined || noOptDefaultOf(flag) === undefined;
  }
  if (word.length !== 2) return false;
  const flag = Object.values(flags).find(({ shorthand }) => shorthand === word.slice(1));
  return flag === undefined || noOptDefaultOf(flag) === undefined;
}

/** Runs what the command line names and gives its exit status; `parsed` is filled with the flags on the way. */
export async function dispatch(
  root: CommandSpec,
  argv: readonly string[],
  options: {
    readonly ports: Ports;
    readonly parsed: ParsedFlags;
    readonly before: (invocation: Invocation<Flags>) => Promise<void>;
  },
): Promise<number> {
  const { ports, parsed } = options;
  const { chain, rest } = await findCommand(root, argv);
  const command = commandOf(chain);
  const { local, inherited } = flagsOf(chain);
  const flags = { ...inherited, ...local };
  if (command.takesEveryWord === true) parsed.args.push(...rest);
  else parseFlags(rest, flags, parsed);
  warnOfDeprecation(flags, parsed, ports);
  const runnable = command.run !== undefined || command.subcommandRequired === true;
  if (parsed.set.get("help") === true || !runnable) {
    ports.stdout.write(helpText(chain));
    return delivered(0, {}, ports);
  }
  checkArguments(command.args ?? { kind: command.subcommandRequired === true ? "none" : "any" }, parsed.args, chain);
  const values = valuesOf(flags, parsed);
  const invocation = {
    path: pathOf(chain),
    args: parsed.args,
    flags: values,
    global: values,
    changed: new Set(parsed.set.keys()),
    ports,
  } as unknown as Invocation<Flags> & { readonly global: GlobalValues };
  await options.before(invocation);
  checkRequired(flags, parsed);
  if (command.run !== undefined) return delivered(await command.run(invocation), command, ports);
  ports.stdout.write(helpText(chain));
  throw new KubeadmError("USAGE", ["", "error: subcommand is required"], {
    remedy: `Name one of the commands that are listed: ${pathOf(chain)} COMMAND.`,
  });
}

/** A command whose result nobody has got has not succeeded. */
function delivered(
  status: number,
  { changesMachine = false }: Pick<CommandSpec, "changesMachine">,
  { stdout }: Ports,
): number {
  const lost = stdout.lost();
  if (status !== 0 || changesMachine || lost === undefined) return status;
  throw new KubeadmError("OUTPUT_LOST", `write /dev/stdout: ${lost}`);
}

/** In pflag's words. */
function warnOfDeprecation(flags: Flags, parsed: ParsedFlags, { stderr }: Ports): void {
  for (const name of parsed.set.keys()) {
    const instead = flags[name]?.deprecated;
    if (instead !== undefined) stderr.write(`Flag --${name} has been deprecated, ${instead}\n`);
  }
}

function checkArguments(rule: ArgsRule, args: readonly string[], chain: CommandChain): void {
  const [first] = args;
  if (rule.kind === "none" && first !== undefined) throw unknownCommand(first, chain);
  if (rule.kind === "at-most" && args.length > rule.count) {
    throw new KubeadmError("USAGE", `accepts at most ${rule.count} arg(s), received ${args.length}`);
  }
  if (rule.kind === "exactly" && args.length !== rule.count) {
    throw new KubeadmError("USAGE", `accepts ${rule.count} arg(s), received ${args.length}`);
  }
}

/** Only the root names similar commands in the message, as cobra does; below it the remedy does. */
function unknownCommand(word: string, chain: CommandChain): KubeadmError {
  const names = (commandOf(chain).commands ?? []).filter(({ hidden }) => hidden !== true).map(({ name }) => name);
  const message = `unknown command ${goQuote(word)} for ${goQuote(pathOf(chain))}`;
  if (chain.length === 1) {
    const similar = suggestionsFor(word, names).map((name) => `\t${name}`);
    const hint = similar.length === 0 ? [] : ["", "Did you mean this?", ...similar, ""];
    return new KubeadmError("USAGE", [message, ...hint]);
  }
  const meant = nearest(word, names);
  return new KubeadmError("USAGE", message, meant === undefined ? {} : { remedy: `Did you mean \`${meant}\`?` });
}

function checkRequired(flags: Flags, parsed: ParsedFlags): void {
  const missing = Object.keys(flags)
    .filter((name) => flags[name]?.required === true && !parsed.set.has(name))
    .sort();
  if (missing.length > 0) throw new KubeadmError("USAGE", `required flag(s) "${missing.join('", "')}" not set`);
}
