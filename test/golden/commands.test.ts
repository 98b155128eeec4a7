import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CommandChain, flagsOf, pathOf } from "../../src/cli/line/command-chain.ts";
import { defaultOf, noOptDefaultOf, rulesOf } from "../../src/cli/line/flag-types.ts";
import { rootCommand } from "../../src/cli/root.ts";
import { goQuote } from "../../src/go/quote.ts";
import type { FlagSpec, Flags } from "../../src/kubeadm/flags/flag.ts";
import { commandChains, describeCommand } from "./command-tree.ts";

/** Commands of ours. */
const additionalCommands = ["kubeadm config schema", "kubeadm doctor", "kubeadm explain", "kubeadm report"];
/** What completion scripts ask: cobra makes these commands when they are called, so they are in no tree of upstream's. */
const completing = ["kubeadm __complete", "kubeadm __completeNoDesc"];

const chains = (await commandChains(rootCommand())).filter(
  (chain) => ![...additionalCommands, ...completing].includes(pathOf(chain)),
);

const read = (file: string) =>
  readFileSync(new URL(file, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");

/** The indented tree of commands.txt as full lines: "kubeadm join phase *". */
function upstreamCommands(): readonly string[] {
  const way: string[] = [];
  return read("commands.txt")
    .filter((line) => !line.startsWith("#"))
    .map((line) => {
      const depth = (line.length - line.trimStart().length) / 2;
      const [name = "", ...rest] = line.trim().split(" ");
      way.splice(depth, way.length, name);
      return [...way, ...rest].join(" ");
    });
}

/** Every phase of apply needs the version, which upstream takes and does not show. */
const phaseOfApply = /^kubeadm upgrade apply phase /;
const asUpstream = (command: string) => (phaseOfApply.test(command) ? command.replace(" [version]", "") : command);

describe("the tree of commands", () => {
  it("is upstream's", () => {
    expect(chains.map(describeCommand).map(asUpstream).sort()).toEqual([...upstreamCommands()].sort());
  });

  it("shows that every phase of upgrade apply takes the version", () => {
    const phases = chains
      .map(describeCommand)
      .filter((command) => phaseOfApply.test(command) && !command.endsWith("*"));
    expect(phases).toHaveLength(11);
    for (const command of phases) expect(command).toMatch(/ \[version\]$/);
  });

  it("gives every command a summary of one line", () => {
    for (const chain of chains) expect(chain.at(-1)?.short).toMatch(/^[A-Z].{3,118}[^.]$/);
  });
});

interface Row {
  readonly command: string;
  readonly flag: string;
  readonly [column: string]: string;
}

function upstreamFlags(): readonly Row[] {
  const [head = "", ...lines] = read("flags.tsv");
  const columns = head.split("\t");
  return lines.map((line) => {
    const cells = line.split("\t");
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ""])) as unknown as Row;
  });
}

function ourFlags(chain: CommandChain): readonly Row[] {
  const { local, inherited } = flagsOf(chain);
  const globals = chain[0].persistentFlags ?? {};
  const scopeOf = (name: string) => (name in globals ? "local, inherited by every command" : "local");
  const rows = (flags: Flags, scope: (name: string) => string) =>
    Object.entries(flags).map(([name, flag]) => rowOf(pathOf(chain), name, { flag, scope: scope(name) }));
  return [...rows(local, scopeOf), ...rows(inherited, () => "global")];
}

function rowOf(command: string, name: string, { flag, scope }: { readonly flag: FlagSpec; readonly scope: string }) {
  const text = rulesOf(flag).format(defaultOf(flag));
  return {
    command,
    flag: `--${name}`,
    shorthand: flag.shorthand ?? "",
    type_shown: flag.type === "bool" ? "bool (nothing shown)" : rulesOf(flag).shown,
    default: text,
    default_shown: ["", "0", "false", "[]"].includes(text) ? "" : flag.type === "string" ? goQuote(text) : text,
    value_if_bare: noOptDefaultOf(flag) ?? "",
    scope,
    hidden: String(flag.hidden ?? false),
    deprecated: String(flag.deprecated !== undefined),
  };
}

describe("the flags", () => {
  const upstream = upstreamFlags();
  const byName = (a: Row, b: Row) => (a.flag < b.flag ? -1 : 1);

  it.each(chains.map((chain) => [pathOf(chain), chain] as const))(
    "of %s are upstream's and those we add",
    (path, chain) => {
      const { local, inherited } = flagsOf(chain);
      const isOurs = new Map(
        Object.entries({ ...inherited, ...local }).map(([name, flag]) => [`--${name}`, flag.isOurs === true]),
      );
      const ours = ourFlags(chain).filter(({ flag }) => isOurs.get(flag) !== true);
      const theirs = upstream.filter(({ command }) => command === path);
      expect(ours.toSorted(byName)).toEqual(theirs.toSorted(byName));
    },
  );
});
