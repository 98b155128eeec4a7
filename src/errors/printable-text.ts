import { type ShellCommand, shell } from "../values/shell.ts";
import { maskLines, maskSecrets } from "./mask-secrets.ts";

/**
 * The rule for text that this program prints. A line break in a text is data and is printed as `\n`, unless the text
 * is passed as a list of lines. Only the code that writes a message can therefore start a new line in it; the text of a
 * server, a file or another program cannot. So no foreign text can imitate a line of this program, such as `remedy: …`.
 *
 * - Errors (KubeadmError, PatchError) take one line or a list of lines, and hold the result of `linesText`.
 * - Renderers show one line for each `Line` and pass it through `oneLine`.
 * - Errors of ports have foreign messages, mask secrets in them and shorten them: `foreignText`. Lines of a log, a file or a
 *   list are masked together: `foreignLines`.
 * - Output.write passes all output through `printable`.
 */

/**
 * Characters that a terminal executes instead of showing (control characters, C1 included), characters that hide or
 * reorder their neighbors (bidirectional controls, zero-width characters, tags), and halves of surrogate pairs. Variation
 * selectors are allowed: emojis use them.
 */
const unsafe =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]--[\n\t\u{FE00}-\u{FE0F}]]/gv;
const harmless = /^[\n\t\x20-\x7e]*$/;

/**
 * Returns the text with `\uXXXX` for each character that is unsafe on a terminal; line breaks and tabs stay. A JSON
 * document keeps its value, because only its strings can have such characters.
 */
export function printable(text: string): string {
  return harmless.test(text) ? text : text.replace(unsafe, escapedUnits);
}

/** The maximum length of a line that this program prints, in characters. */
const longestLine = 16_384;
/** The maximum length of the text of a server, a program or a file, in characters. */
const longestForeignText = 2_048;

/** Returns the text on one line. */
export function oneLine(text: string, limit = longestLine): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}… (${text.length - limit} more characters)` : text;
  return printable(cut.includes("\n") ? cut.replaceAll("\n", "\\n") : cut);
}

/** Returns a foreign text as part of a message: without secrets, on one line, and shortened. */
export function foreignText(text: string): string {
  return oneLine(maskSecrets(text), longestForeignText);
}

/**
 * The same for foreign lines that belong together, such as the end of a log. Never one by one: a secret may stand on several
 * lines. What a secret takes up is one line.
 */
export function foreignLines(lines: readonly string[]): readonly string[] {
  return maskLines(lines).map((line) => oneLine(line, longestForeignText));
}

/**
 * The same for commands, one by one, and none is truncated: half a quoted word would change the meaning of what comes next.
 * A comment stands for one that is too long.
 */
export function printableCommands(commands: readonly ShellCommand[]): readonly ShellCommand[] {
  return commands.map((command) => {
    const shown = oneLine(maskSecrets(command), Infinity);
    return shown.length > longestForeignText
      ? shell`# a command of ${shown.length} characters is not shown`
      : (shown as ShellCommand);
  });
}

/** Returns a message of one line, or of the given lines. */
export function linesText(message: string | readonly string[]): string {
  return typeof message === "string" ? oneLine(message) : message.map((line) => oneLine(line)).join("\n");
}

/** How lines of this program begin that state a fact or give an instruction. */
const label = /^\s*(?:error|cause|remedy|code|warning|fatal)\s*:|^\s*\[(?:WARNING|ERROR)|^[IWEF]\d{4} /i;

/** Returns the lines of a file to print unchanged. A line that could be taken for one of this program is indented. */
export function contentLines(text: string): readonly string[] {
  return text.split("\n").map((line) => (label.test(line) ? `\t${line}` : line));
}

function escapedUnits(character: string): string {
  if (character === "\r") return "\\r";
  let escaped = "";
  for (let index = 0; index < character.length; index++) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
