import { oneLine } from "../errors/printable-text.ts";

/**
 * The settings of every table in upstream's kubeadm: the minimum width of a column, and the padding after its widest
 * cell.
 */
const minWidth = 10;
const padding = 3;

/**
 * Aligns lines in columns like Go's text/tabwriter with spaces and without flags, if all rows have the same number of
 * cells: the last cell of a row is not padded. Widths are in code points, as in Go.
 *
 * A cell is one text on one line, whatever is in it: who chooses the text of a cell makes no other cell and no other row.
 */
export function tabulate(table: readonly (readonly string[])[]): string {
  const rows = table.map((cells) => cells.map((cell) => oneLine(cell.replaceAll("\t", "\\t"))));
  const columns = rows.reduce((most, cells) => Math.max(most, cells.length - 1), 0);
  const widths = Array.from({ length: columns }, (_, column) =>
    rows.reduce((width, cells) => Math.max(width, runeCount(cells[column] ?? "") + padding), minWidth),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : padTo(cell, widths[column] ?? 0))).join("");
  return rows.map((cells) => `${line(cells)}\n`).join("");
}

/** Pads the text with spaces to a width in code points, like fmt's `%-9s`. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - runeCount(text)));
}

function runeCount(text: string): number {
  return [...text].length;
}
