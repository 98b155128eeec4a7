import type { Flags } from "../../kubeadm/flags/flag.ts";
import type { CommandSpec } from "./command.ts";
import { type CommandChain, commandOf, flagsOf, pathOf } from "./command-chain.ts";
import { flagHead, flagUsage } from "./help.ts";

/** A manual page of one command. */
export interface ManPage {
  /** "kubeadm-join.1" */
  readonly file: string;
  readonly text: string;
}

/** The manual page of a command, in the man macros, made from the data that its help is made from. */
export function manPage(
  chain: CommandChain,
  { version, date }: { readonly version: string; readonly date: string },
): ManPage {
  const command = commandOf(chain);
  const name = pathOf(chain).replaceAll(" ", "-");
  const { local, inherited } = flagsOf(chain);
  const text = [
    `.TH ${quoted(name.toUpperCase())} 1 "${date}" ${quoted(`kubeadm ${version}`)} ${quoted("kubeadm manual")}`,
    // Names of flags are not to be broken, so lines end where words end.
    ".nh",
    ".ad l",
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(command.short)}`,
    ".SH SYNOPSIS",
    ...synopsis(chain),
    ".SH DESCRIPTION",
    ...paragraphs(command.long ?? command.short),
    ...section("PHASES", phases(command)),
    ...section("COMMANDS", subcommands(chain)),
    ...section("OPTIONS", options(local)),
    ...section("GLOBAL OPTIONS", options(inherited)),
    ...section("EXAMPLES", example(command)),
    ".SH EXIT STATUS",
    "0 on success, 1 on failure, 130 or 143 if interrupted by SIGINT or SIGTERM.",
    ...section("SEE ALSO", seeAlso(chain)),
  ];
  return { file: `${name}.1`, text: `${text.join("\n")}\n` };
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

function synopsis(chain: CommandChain): readonly string[] {
  const { run, subcommandRequired, argument } = commandOf(chain);
  const shown = argument === undefined ? "" : ` ${argument.replace(/ *\[flags\]$/, "")}`;
  const called = run !== undefined && subcommandRequired !== true;
  const own = called ? [`.B ${escaped(pathOf(chain))}`, escaped(`${shown.trim()} [flags]`.trim())] : [];
  const below =
    listed(commandOf(chain)).length === 0 ? [] : [`.B ${escaped(pathOf(chain))}`, escaped("COMMAND [flags]")];
  const between = own.length > 0 && below.length > 0 ? [".br"] : [];
  return own.length + below.length === 0 ? [`.B ${escaped(pathOf(chain))}`] : [...own, ...between, ...below];
}

/** Paragraphs filled, indented lines as they are. */
function paragraphs(text: string): readonly string[] {
  return text
    .trim()
    .split("\n\n")
    .flatMap((paragraph, index) => [...(index === 0 ? [] : [".PP"]), ...paragraph.split("\n").map(escaped)]);
}

function asIs(lines: readonly string[]): readonly string[] {
  return [".EX", ...lines.map(escaped), ".EE"];
}

function phases({ phases: lines = [] }: CommandSpec): readonly string[] {
  return lines.flatMap(({ label, summary }) => {
    const depth = (label.length - label.trimStart().length) / 2;
    const item = [".TP", `.B ${escaped(label.trim())}`, escaped(summary)];
    return depth === 0 ? item : [".RS", ...item, ".RE"];
  });
}

function subcommands(chain: CommandChain): readonly string[] {
  return listed(commandOf(chain)).flatMap(({ name, short }) => [
    ".TP",
    `.BR ${escaped(`${pathOf(chain)} ${name}`).replaceAll(" ", "\\~")}`,
    escaped(short),
  ]);
}

function listed({ commands = [] }: CommandSpec) {
  return commands.filter(({ hidden }) => hidden !== true).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function options(flags: Flags): readonly string[] {
  return Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, flag]) => [".TP", `.B ${escaped(flagHead(name, flag).trim())}`, escaped(flagUsage(flag))]);
}

function example({ example: text }: CommandSpec): readonly string[] {
  return text === undefined ? [] : asIs(text.split("\n").map((line) => line.replace(/^ {2}/, "")));
}

function seeAlso(chain: CommandChain): readonly string[] {
  const parent = chain
    .slice(0, -1)
    .map(({ name }) => name)
    .join("-");
  const own = pathOf(chain).replaceAll(" ", "-");
  const names = [...(parent === "" ? [] : [parent]), ...listed(commandOf(chain)).map(({ name }) => `${own}-${name}`)];
  return names.map((name, index) => `.BR ${escaped(name)} (1)${index < names.length - 1 ? "," : ""}`);
}

/** Text for troff: backslashes, hyphens that are to be copied, and lines that would be requests. */
function escaped(text: string): string {
  const plain = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("`", "\\(ga").replaceAll("~", "\\(ti");
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '""')}"`;
}
