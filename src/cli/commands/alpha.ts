import type { CommandSpec } from "../line/command.ts";

/** There are no experimental commands at the moment. The name stays as a hidden command, as in upstream. */
export const alphaCommand: CommandSpec = {
  name: "alpha",
  short: "Experimental commands",
  long: "Experimental commands, which may change or be removed at any time. There are none at the moment.",
  hidden: true,
};
