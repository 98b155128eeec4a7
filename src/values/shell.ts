import { shellWord } from "./shell-word.ts";

declare const brand: unique symbol;

/** A command to print: what a shell reads in it as anything but a word stands in our own text. */
export type ShellCommand = string & { readonly [brand]: true };

/**
 * Returns a command to print: shell`crictl pull ${image}`. Every value is one word, and so is every item of a list; a word
 * is quoted where the shell would read it as more than that. Words of the machine, of the cluster and of files therefore
 * never run as commands of their own. test/commands looks for commands that are not made here.
 */
export function shell(
  text: TemplateStringsArray,
  ...values: readonly (string | number | readonly string[])[]
): ShellCommand {
  const words = values.map((value) => (typeof value === "object" ? value : [String(value)]).map(shellWord).join(" "));
  return String.raw({ raw: text }, ...words) as ShellCommand;
}
