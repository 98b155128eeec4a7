import type { Flags } from "../../kubeadm/flags/flag.ts";
import type { CommandSpec } from "./command.ts";

/** A command together with those above it, root first. */
export type CommandChain = readonly [CommandSpec, ...CommandSpec[]];

export function commandOf(chain: CommandChain): CommandSpec {
  return chain.at(-1) ?? chain[0];
}

export function pathOf(chain: CommandChain): string {
  return chain.map((command) => command.name).join(" ");
}

/** The command's own flags, -h included, and those that it inherits. */
export function flagsOf(chain: CommandChain): { readonly local: Flags; readonly inherited: Flags } {
  const command = commandOf(chain);
  const inherited = Object.assign({}, ...chain.slice(0, -1).map((parent) => parent.persistentFlags));
  const help = { help: { type: "bool", shorthand: "h", usage: `help for ${command.name}` } } as const;
  return { local: { ...command.flags, ...command.persistentFlags, ...help }, inherited };
}
