import type { CommandEntry, CommandSpec } from "../../src/cli/line/command.ts";
import { type CommandChain, commandOf, pathOf } from "../../src/cli/line/command-chain.ts";

/** Every command that can be called, parents before children, with its way from the root. */
export async function commandChains(root: CommandSpec): Promise<readonly CommandChain[]> {
  return below([root]);
}

async function below(chain: CommandChain): Promise<readonly CommandChain[]> {
  const children: CommandChain[] = [];
  for (const entry of commandOf(chain).commands ?? []) {
    children.push(...(await below([...chain, await loaded(entry)])));
  }
  return [chain, ...children];
}

async function loaded(entry: CommandEntry): Promise<CommandSpec> {
  return "load" in entry ? entry.load() : entry;
}

/** The command as commands.txt writes it: its way, its argument, its aliases, a star for a group. */
export function describeCommand(chain: CommandChain): string {
  const { argument, aliases, commands, run } = commandOf(chain);
  return [
    pathOf(chain),
    ...(argument === undefined ? [] : [argument]),
    ...(aliases === undefined ? [] : [`(aliases: ${aliases.join(", ")})`]),
    ...(run === undefined && commands !== undefined ? ["*"] : []),
  ].join(" ");
}
