// What a terminal shows, as SVG.
import { darkPalette, lightPalette, type Palette } from "../src/report/style.ts";
import { escapeMarkup } from "../src/values/escape-markup.ts";

export interface TerminalPicture {
  readonly light: string;
  readonly dark: string;
}

interface Piece {
  readonly text: string;
  readonly column: number;
  readonly classes: readonly string[];
}

const columnWidth = 8.4;
const lineHeight = 19;
const margin = 20;
const fontSize = 14;

/** SGR code → class that begins with it. */
const begins: Readonly<Record<string, string>> = {
  1: "bold",
  2: "dim",
  31: "red",
  32: "green",
  33: "yellow",
};

/** SGR code → classes that end with it. */
const ends: Readonly<Record<string, readonly string[]>> = {
  0: ["bold", "dim", "red", "green", "yellow"],
  22: ["bold", "dim"],
  39: ["red", "green", "yellow"],
};

/** Draws lines with escape sequences of styles. The colors are those of reports. */
export function terminalPicture(
  lines: readonly string[],
  { columns, title }: { columns: number; title: string },
): TerminalPicture {
  const width = Math.ceil(columns * columnWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  const texts = lines.flatMap((line, index) => {
    const y = margin + (index + 0.75) * lineHeight;
    return piecesOf(line).map((piece) => textElement(piece, y));
  });
  const draw = (
    palette: Palette,
  ) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeMarkup(title)}">
<title>${escapeMarkup(title)}</title>
<style>text{font:${fontSize}px ui-monospace,"Cascadia Mono","SFMono-Regular",Menlo,"DejaVu Sans Mono",monospace;fill:${palette.text};white-space:pre}.bold{font-weight:700}.dim{fill:${palette.muted}}.red{fill:${palette.bad}}.green{fill:${palette.good}}.yellow{fill:${palette.warning}}</style>
<rect width="${width}" height="${height}" rx="8" fill="${palette.panel}" stroke="${palette.border}"/>
${texts.join("\n")}
</svg>
`;
  return { light: draw(lightPalette), dark: draw(darkPalette) };
}

function piecesOf(line: string): readonly Piece[] {
  const pieces: Piece[] = [];
  const classes = new Set<string>();
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  for (const part of line.split(/(\u001b\[\d*m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    const [, code] = /^\u001b\[(\d*)m$/.exec(part) ?? [];
    if (code === undefined) {
      const text = part.trimEnd();
      const start = text.length - text.trimStart().length;
      if (text !== "") pieces.push({ text: text.slice(start), column: column + start, classes: [...classes] });
      column += part.length;
    } else {
      const begun = begins[code];
      if (begun !== undefined) classes.add(begun);
      for (const ended of ends[code] ?? []) classes.delete(ended);
    }
  }
  return pieces;
}

/** With its length, because not every viewer has the same font. */
function textElement({ text, column, classes }: Piece, y: number): string {
  const x = (margin + column * columnWidth).toFixed(1);
  const length = (text.length * columnWidth).toFixed(1);
  const style = classes.length === 0 ? "" : ` class="${classes.join(" ")}"`;
  return `<text x="${x}" y="${y.toFixed(1)}" textLength="${length}"${style}>${escapeMarkup(text)}</text>`;
}
