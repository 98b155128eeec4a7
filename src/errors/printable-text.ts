import { maskSecrets } from "./secret.ts";

/**
 * The rule for text that this program shows. A line break in a text is data, and is shown as `\n`, unless the text was
 * given as a list of lines: only whoever writes a message can begin a new line in it, whatever a server, a file or
 * a program put into its parts. So no text from outside can pass for a line of ours, such as `remedy: …`.
 *
 * - Errors (KubeadmError, PatchError) take one line or a list of lines, and hold the result of `linesText`.
 * - Renderers show one line for each `Line` and pass it through `oneLine`.
 * - Errors of ports, whose messages come from outside, also cut them short: `foreignText`.
 * - Output.write passes everything through `printable`, whatever comes before.
 */

/**
 * What a terminal obeys instead of showing it (control characters, C1 included), what hides or reorders what stands
 * beside it (bidirectional controls, zero-width characters, tags), and halves of surrogate pairs. Variation selectors
 * belong to emojis.
 */
const unsafe =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]--[\n\t\u{FE00}-\u{FE0F}]]/gv;
const harmless = /^[\n\t\x20-\x7e]*$/;

/**
 * The text with what is unsafe on a terminal as `\uXXXX`; line breaks and tabs stay. In the text of a JSON document these
 * escapes stand for the same value, since only strings can have such characters.
 */
export function printable(text: string): string {
  return harmless.test(text) ? text : text.replace(unsafe, escapedUnits);
}

/** Characters of one line of ours; what is longer is no text that anybody reads. */
const longestLine = 16_384;
/** Characters of a text that a server, a program or a file gave. */
const longestForeignText = 2_048;

/** The text on one line. */
export function oneLine(text: string, limit = longestLine): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}… (${text.length - limit} more characters)` : text;
  return printable(cut.includes("\n") ? cut.replaceAll("\n", "\\n") : cut);
}

/** A text from outside where it becomes part of a message: without secrets, on one line, and cut short. */
export function foreignText(text: string): string {
  return oneLine(maskSecrets(text), longestForeignText);
}

/** A message of one line, or of the given lines. */
export function linesText(message: string | readonly string[]): string {
  return typeof message === "string" ? oneLine(message) : message.map((line) => oneLine(line)).join("\n");
}

/** How lines of ours begin that tell somebody what to do or to believe. */
const label = /^\s*(?:error|cause|remedy|code|warning|fatal)\s*:|^\s*\[(?:WARNING|ERROR)|^[IWEF]\d{4} /i;

/** The lines of a file that is shown as it is. One that looks like a line of ours is indented. */
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
