/**
 * Reads one record of comma-separated values by the rules of Go's encoding/csv, which pflag uses for lists: a field may
 * be in double quotes, in which `""` is a quote; text after the record's line end is ignored.
 */
export function parseCsvRecord(text: string): readonly string[] {
  const lines = text.replace(/\r$/, "").split(/\r?\n/);
  const first = lines.findIndex((line) => line !== "");
  if (first < 0) throw new CsvError("EOF");
  const reader: Reader = { lines, line: first, column: 0, start: first };
  const fields: string[] = [];
  do fields.push(readField(reader));
  while (takeComma(reader));
  return fields;
}

/** What is wrong with a record, in Go's wording. */
class CsvError extends Error {}

interface Reader {
  readonly lines: readonly string[];
  readonly start: number;
  line: number;
  /** UTF-16 offset in the current line. */
  column: number;
}

function readField(reader: Reader): string {
  return rest(reader).startsWith('"') ? readQuotedField(reader) : readPlainField(reader);
}

function readPlainField(reader: Reader): string {
  const [field = ""] = /^[^,]*/.exec(rest(reader)) ?? [];
  const quote = field.indexOf('"');
  if (quote >= 0) throw failure(reader, reader.column + quote, 'bare " in non-quoted field');
  reader.column += field.length;
  return field;
}

function readQuotedField(reader: Reader): string {
  let field = "";
  reader.column += 1;
  for (;;) {
    const quote = rest(reader).indexOf('"');
    if (quote < 0) {
      field += nextLine(reader);
      continue;
    }
    field += rest(reader).slice(0, quote);
    reader.column += quote + 1;
    const next = rest(reader).slice(0, 1);
    if (next === "" || next === ",") return field;
    if (next !== '"') throw failure(reader, reader.column - 1, unbalanced);
    field += next;
    reader.column += 1;
  }
}

const unbalanced = 'extraneous or missing " in quoted-field';

/** A quoted field continues on the next line: returns the rest of this one and the line end. */
function nextLine(reader: Reader): string {
  const left = rest(reader);
  if (reader.line + 1 >= reader.lines.length) throw failure(reader, reader.column + left.length, unbalanced);
  reader.line += 1;
  reader.column = 0;
  return `${left}\n`;
}

function takeComma(reader: Reader): boolean {
  if (!rest(reader).startsWith(",")) return false;
  reader.column += 1;
  return true;
}

function rest(reader: Reader): string {
  return (reader.lines[reader.line] ?? "").slice(reader.column);
}

/** Columns count bytes from 1. */
function failure(reader: Reader, offset: number, reason: string): CsvError {
  const column = new TextEncoder().encode((reader.lines[reader.line] ?? "").slice(0, offset)).length + 1;
  const place = `parse error on line ${reader.line + 1}, column ${column}: ${reason}`;
  return new CsvError(reader.line === reader.start ? place : `record on line ${reader.start + 1}; ${place}`);
}

/** The inverse: a record as Go writes it. */
export function formatCsvRecord(fields: readonly string[]): string {
  return fields.map((field) => (needsQuotes(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}

function needsQuotes(field: string): boolean {
  return field === "\\." || /[",\r\n]/.test(field) || /^\s/.test(field);
}
