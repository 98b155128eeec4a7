import { goQuote } from "../../go/quote.ts";
import type { FlagSpec, Flags } from "../../kubeadm/flags/flag.ts";
import type { CommandSpec, PhaseLine } from "./command.ts";
import { type CommandChain, commandOf, flagsOf, pathOf } from "./command-chain.ts";
import { defaultOf, noOptDefaultOf, rulesOf } from "./flag-types.ts";
import { wrapText, wrapWords } from "./wrap.ts";

const width = 80;

/** What `--help` prints: the description, the phases where there are any, then the usage. */
export function helpText(chain: CommandChain): string {
  const command = commandOf(chain);
  const description = wrapText((command.long ?? command.short).trim(), width);
  // Cobra shows no usage of what can neither run nor has commands that are listed.
  if (!isRunnable(command) && availableCommands(command).length === 0) return `${description}\n\n`;
  return [description, ...phaseListing(command), usageText(chain)].join("\n\n");
}

/** How to call the command, its sub-commands and flags; in cobra's layout, which scripts and people read. */
export function usageText(chain: CommandChain): string {
  const command = commandOf(chain);
  const { local, inherited } = flagsOf(chain);
  const subcommands = availableCommands(command);
  const more = `Use "${pathOf(chain)} [command] --help" for more information about a command.`;
  const sections = [
    usageLines(chain, subcommands.length > 0),
    ...(command.aliases === undefined ? [] : [`Aliases:\n  ${[command.name, ...command.aliases].join(", ")}`]),
    ...(command.example === undefined ? [] : [`Examples:\n${command.example}`]),
    ...(subcommands.length === 0 ? [] : [`Available Commands:\n${commandLines(subcommands)}`]),
    `Flags:\n${flagLines(local)}`,
    ...(Object.keys(inherited).length === 0 ? [] : [`Global Flags:\n${flagLines(inherited)}`]),
    ...(subcommands.length === 0 ? [] : [wrapText(more, width)]),
  ];
  return `${sections.join("\n\n")}\n`;
}

function isRunnable({ run, subcommandRequired }: CommandSpec): boolean {
  return run !== undefined || subcommandRequired === true;
}

function availableCommands(command: CommandSpec) {
  return (command.commands ?? [])
    .filter(({ hidden }) => hidden !== true)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function usageLines(chain: CommandChain, hasSubcommands: boolean): string {
  const command = commandOf(chain);
  const argument = command.argument === undefined ? "" : ` ${command.argument}`;
  return [
    "Usage:",
    ...(isRunnable(command) ? [`  ${pathOf(chain)}${argument}${argument.includes("[flags]") ? "" : " [flags]"}`] : []),
    ...(hasSubcommands ? [`  ${pathOf(chain)} [command]`] : []),
  ].join("\n");
}

/** Cobra pads names to eleven columns at least. */
function commandLines(commands: readonly { readonly name: string; readonly short: string }[]): string {
  const column = Math.max(11, ...commands.map(({ name }) => name.length));
  return commands.map(({ name, short }) => beside(`  ${name.padEnd(column)} `, short)).join("\n");
}

/** Text behind a head, and further lines of it below its beginning. */
function beside(head: string, text: string): string {
  const [first = "", ...more] = wrapWords(text, width - head.length);
  return [head + first, ...more.map((line) => " ".repeat(head.length) + line)].join("\n");
}

function phaseListing(command: CommandSpec): readonly string[] {
  if (command.phases === undefined) return [];
  const use = command.argument === undefined ? command.name : `${command.name} ${command.argument}`;
  const column = Math.max(...command.phases.map(({ label }) => label.trim().length)) + 2;
  const line = ({ label, summary }: PhaseLine) => {
    const indent = label.length - label.trimStart().length;
    return beside(`${" ".repeat(indent)}${label.trimStart().padEnd(column)}`, summary);
  };
  const heading = `The "${use}" command executes the following phases:`;
  return [[heading, "```", ...command.phases.map(line), "```"].join("\n")];
}

/** Fewer columns than this are too narrow to read a sentence in. */
const narrowest = 40;
/** The indentation that pflag uses for sentences that do not fit next to the flags. */
const blockIndent = 16;

/** pflag's columns: shorthand, name, type, then the sentence, wrapped; below the flag where that leaves too little room for it, or for one of its words. */
function flagLines(flags: Flags): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => ({ head: flagHead(name, flag), usage: flagUsage(flag) }));
  const column = Math.max(...rows.map(({ head }) => head.length)) + 3;
  const isWithin = (line: string) => line.length <= width - column;
  const fits =
    width - column >= narrowest && rows.every(({ usage }) => wrapWords(usage, width - column).every(isWithin));
  const indent = " ".repeat(fits ? column : blockIndent);
  return rows
    .flatMap(({ head, usage }) => {
      const lines = wrapWords(usage, width - indent.length);
      if (!fits) return [head, ...lines.map((line) => indent + line)];
      const [first = "", ...more] = lines;
      return [`${head.padEnd(column)}${first}`, ...more.map((line) => indent + line)];
    })
    .join("\n");
}

/** The flag as help shows it: shorthand, name, what its value is called. */
export function flagHead(name: string, flag: FlagSpec): string {
  const shorthand = flag.shorthand === undefined ? "    " : `-${flag.shorthand}, `;
  const valueName = valueNameOf(flag);
  const bare = noOptDefaultOf(flag);
  const optional = bare === undefined || (flag.type === "bool" && bare === "true") ? "" : `[=${bare}]`;
  return `  ${shorthand}--${name}${valueName === "" ? "" : ` ${valueName}`}${optional}`;
}

/** A word in backquotes names the value; else its type does. */
function valueNameOf(flag: FlagSpec): string {
  return /`([^`]+)`/.exec(flag.usage)?.[1] ?? rulesOf(flag).shown;
}

/** Its sentence, with the default. */
export function flagUsage(flag: FlagSpec): string {
  const text = rulesOf(flag).format(defaultOf(flag));
  const zero = ["", "0", "0s", "false", "[]"].includes(text);
  const shown = flag.type === "string" ? goQuote(text) : text;
  return `${flag.usage.replaceAll("`", "")}${zero ? "" : ` (default ${shown})`}`;
}
