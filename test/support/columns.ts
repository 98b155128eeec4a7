/**
 * Returns the rows as lines of aligned columns; the first row decides how many there are. The first `words` columns, all by
 * default, are aligned on the left; the others, which are numbers, on the right.
 */
export function columns(rows: readonly (readonly string[])[], words = Number.POSITIVE_INFINITY): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const aligned = (cell: string, column: number) =>
    column < words ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(aligned).join("  ").trimEnd());
}
