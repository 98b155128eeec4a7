import { shellWord } from "./shell-word.ts";

declare const brand: unique symbol;

/** A command to print: what a shell reads in it as anything but a word is in our own text. */
export type ShellCommand = string & { readonly [brand]: "command" };

/** Words of our own within a command, options as well; only `part` makes one. */
class ShellPart {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { ShellPart };

type Value = string | number | ShellPart | readonly (string | ShellPart)[];

/**
 * Returns a command to print: shell`crictl pull ${image}`, or a constant: shell`systemctl restart kubelet`. Every value
 * is one word, and so is every item of a list; a word is quoted where the shell would read it as more than that, and is
 * never an option: one that begins with a dash gets `./` in front of it. As a path it names the same file, and no
 * program takes it for an option, whatever stands before it; as a name it names nothing, and no image, host, unit or
 * object of Kubernetes can have the name that it replaces. (`--` would not do: not all programs know it, and behind an
 * option it is its argument.) What is an option is in the text, or is made by `part`. Words of the machine, of the
 * cluster and of files therefore never run as commands of their own, and never change what a command does.
 */
export function shell(text: TemplateStringsArray, ...values: readonly Value[]): ShellCommand {
  return filled(text, values) as ShellCommand;
}

/** The same for a part of a command, which `shell` takes as it is: part`--add-port=${port}/tcp`. */
export function part(text: TemplateStringsArray, ...values: readonly Value[]): ShellPart {
  return new ShellPart(filled(text, values));
}

/** Returns a command as a part of another one. */
export function asPart(command: ShellCommand): ShellPart {
  return new ShellPart(command);
}

/** Returns the command that runs one command after the other, as long as they succeed. */
export function inOrder(commands: readonly ShellCommand[]): ShellCommand {
  return commands.join(" && ") as ShellCommand;
}

const wordStart = /(?:^|[\s;|&()<>])$/;

function filled(texts: TemplateStringsArray, values: readonly Value[]): string {
  return texts.reduce((before, text, index) => {
    const value = values[index - 1] ?? [];
    const [first, ...more] = (isList(value) ? value : [value]).map((each) => wordOf(each));
    const words = [first?.(wordStart.test(before)) ?? "", ...more.map((word) => word(true))];
    return before + words.join(" ") + text;
  });
}

function isList(value: Value): value is readonly (string | ShellPart)[] {
  return Array.isArray(value);
}

/** Returns what a value is where a word begins, and within a word. */
function wordOf(value: string | number | ShellPart): (isStart: boolean) => string {
  if (value instanceof ShellPart) return () => value.text;
  const text = String(value);
  return (isStart) => shellWord(isStart && text.startsWith("-") ? `./${text}` : text);
}
