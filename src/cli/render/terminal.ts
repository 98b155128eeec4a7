// What a terminal can do that a file, a pipe and a plain terminal cannot: colors, lines that fit, a live line.
import type { Color, Painted } from "../../events/line.ts";
import { wrapProse } from "../line/wrap.ts";
import type { Output } from "../ports.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Those of systemctl and of upstream's report: readable on dark and on light backgrounds. */
const codes: Readonly<Record<Color, string>> = { green: "0;32", red: "0;31", yellow: "0;33" };
const reset = "\u001b[0m";

/** Reports whether the output is a terminal that understands escape sequences, and whose user has not asked for plain text. */
export function isStyled(output: Output, environment: Environment): boolean {
  return (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb" && output.isTerminal();
}

/** Writes one line. Each part is written as it is, so it has to be printable. */
export function writePainted(output: Output, parts: readonly Painted[], isColored: boolean): void {
  if (!isColored) {
    output.write(`${parts.map(({ text }) => text).join("")}\n`);
    return;
  }
  for (const { color, text } of parts) {
    if (color !== undefined) output.control(`\u001b[${codes[color]}m`);
    output.write(text);
    if (color !== undefined) output.control(reset);
  }
  output.write("\n");
}

/** A narrower rest of a line is not worth a break. */
const narrowest = 30;
const tabWidth = 8;

/** Returns sentences as an output shows them: a terminal in lines that fit, everything else in one. */
export function asProse(text: string, output: Output, environment: Environment): string {
  return isStyled(output, environment) ? fitted(text, output.columns()).join("\n") : text;
}

/**
 * Returns sentences in lines that fit the terminal: a terminal itself would break in the middle of a word. Further lines
 * are indented by two columns more than the first.
 */
export function fitted(text: string, columns: number | undefined): readonly string[] {
  const [lead = ""] = /^\s*/.exec(text) ?? [];
  const leadWidth = [...lead].reduce((width, character) => width + (character === "\t" ? tabWidth : 1), 0);
  const width = (columns ?? 0) - 1 - leadWidth - 2;
  if (width < narrowest) return [text];
  const [first = "", ...more] = wrapProse(text.slice(lead.length), width);
  return [lead + first, ...more.map((line) => `${lead}  ${line}`)];
}
