import type { CommandSpec } from "../line/command.ts";

/** There is nothing experimental at the moment. Upstream keeps the name, unlisted, and so do we. */
export const alphaCommand: CommandSpec = {
  name: "alpha",
  short: "Commands that may change or go at any time",
  long: "Commands that may change or go at any time. At the moment there are none.",
  hidden: true,
};
