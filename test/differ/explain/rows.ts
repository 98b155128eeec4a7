import { readFileSync } from "node:fs";
import { join } from "node:path";

const table = join(import.meta.dirname, "../../../docs/differences.md");

export interface Row {
  readonly key: string;
  /** `differ`, or the path of the test that shows it. */
  readonly shownBy: string;
}

/** The rows of docs/differences.md. */
export function readRows(): readonly Row[] {
  const lines = readFileSync(table, "utf8").split("\n");
  return lines.flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const [, key = "", ...others] = cells;
    const isRow = line.startsWith("| ") && key !== "key" && key !== "---";
    return isRow ? [{ key, shownBy: (others.at(-2) ?? "").replaceAll("`", "") }] : [];
  });
}
