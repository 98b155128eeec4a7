// How the demo looks: 80 columns, color on a terminal only.
import { lstatSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { styleText } from "node:util";
import { entriesBelow } from "../src/embedded/entries-below.ts";

const columns = 80;

type Style = "bold" | "dim" | "green" | "red" | "yellow";

export interface Page {
  line(text?: string): void;
  heading(text: string): void;
  /** A fact after its name; long values continue on the next line. */
  fact(name: string, value: string): void;
  /** A line of the program's output, after the seconds since its start. */
  timed(ms: number, text: string, style?: Style): void;
  /** A command line as a user would type it, with line breaks between groups of arguments. */
  command(program: string, groups: readonly string[]): void;
  /** Rows of equal length; the first one is the header. */
  table(rows: readonly (readonly string[])[]): void;
}

export function page(write: (text: string) => void, isTerminal: boolean): Page {
  const paint = (style: Style, text: string) => (isTerminal ? styleText(style, text, { validateStream: false }) : text);
  const line = (text = "") => write(`${text}\n`);
  return {
    line,
    heading: (text) => line(`\n${paint("bold", text)}`),
    fact: (name, value) => {
      const [first = "", ...rest] = wrapped(value, columns - 18);
      line(`  ${paint("dim", name.padEnd(16))}${first}`);
      for (const more of rest) line(`${" ".repeat(18)}${more}`);
    },
    timed: (ms, text, style) => {
      const [first = "", ...rest] = wrapped(text, columns - 11);
      const styled = (part: string) => (style === undefined || part === "" ? part : paint(style, part));
      line(`${paint("dim", `${(ms / 1000).toFixed(3).padStart(7)} s`)}  ${styled(first)}`.trimEnd());
      for (const more of rest) line(`${" ".repeat(11)}${styled(more)}`);
    },
    command: (program, groups) => {
      for (const part of brokenCommand(`$ ${program}`, groups)) line(paint("bold", part));
    },
    table: (rows) => {
      const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? [];
      for (const [index, row] of rows.entries()) {
        const text = `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ")}`.trimEnd();
        line(index === 0 ? paint("dim", text) : text);
      }
    },
  };
}

/** Breaks lines between words; a word that is too long stays whole, since users copy it. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.replaceAll("\t", "    ").split(/(?<= )(?=\S)/)) {
    if (current !== "" && current.length + word.trimEnd().length > width) {
      lines.push(current.trimEnd());
      current = "";
    }
    current += word;
  }
  return [...lines, current.trimEnd()];
}

function brokenCommand(program: string, groups: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let current = program;
  const add = (part: string) => {
    if (current.length + part.length + 3 > columns) {
      lines.push(`${current} \\`);
      current = "   ";
    }
    current += ` ${part}`;
  };
  for (const group of groups) {
    if (group.length + 6 <= columns) add(group);
    else for (const word of group.split(" ")) add(word);
  }
  return [...lines, current];
}

/**
 * Returns rows of mode, size and name, like `ls -l`, for everything below `directory` of `root` except hidden entries.
 */
export function treeRows(
  root: string,
  directory: string,
  isHidden: (path: string) => boolean,
): readonly (readonly string[])[] {
  const top = join(root, directory);
  const rows = [top, ...entriesBelow(top)]
    .filter((path) => !isHidden(path.slice(root.length)))
    .map((path) => {
      const status = lstatSync(path);
      const kind = status.isDirectory() ? "d" : status.isSymbolicLink() ? "l" : "-";
      const name = path === top ? `${directory}/` : basename(path) + (kind === "d" ? "/" : "");
      const indent = "  ".repeat(path.slice(top.length).split("/").length - 1);
      const row = [kind + permissions(status.mode), kind === "-" ? String(status.size).padStart(5) : "", indent + name];
      return kind === "l" ? [row, ["", "", `${indent}  -> ${basename(readlinkSync(path))}`]] : [row];
    });
  return rows.flat();
}

function permissions(mode: number): string {
  return [..."rwxrwxrwx"].map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : "-")).join("");
}
