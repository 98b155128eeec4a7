// Reads Go's sources as far as that needs no compiler.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file of Go's sources that is no test. */
export interface GoFile {
  readonly path: string;
  readonly text: string;
}

/** Returns the files of a folder and of those in it, or the file of this name; none if there is no such folder. */
export function goFiles(path: string): readonly GoFile[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  const names = found.isDirectory() ? readdirSync(path, { recursive: true, encoding: "utf8" }).toSorted() : [""];
  return names
    .map((name) => (name === "" ? path : join(path, name)))
    .filter((file) => file.endsWith(".go") && !file.endsWith("_test.go"))
    .map((file) => ({ path: file, text: readFileSync(file, "utf8") }));
}

/** Returns the text of all of them. */
export function goText(path: string): string {
  return goFiles(path)
    .map(({ text }) => text)
    .join("\n");
}

/** Returns what stands between the opening bracket before `start` and its closing one, split at its commas. */
export function itemsFrom(text: string, start: number): readonly string[] {
  const found: string[] = [];
  let [depth, current, quote] = [0, "", ""];
  for (let index = start; index < text.length; index++) {
    const char = text[index] ?? "";
    if (quote === "" && char === "/" && text[index + 1] === "/") {
      index = text.indexOf("\n", index);
      continue;
    }
    if (quote !== "") {
      current += char;
      if (char === "\\" && quote === '"') current += text[++index] ?? "";
      else if (char === quote) quote = "";
      continue;
    }
    if (char === '"' || char === "`") quote = char;
    if ("([{".includes(char)) depth++;
    if (")]}".includes(char) && --depth < 0) break;
    if (char === "," && depth === 0) {
      found.push(current.trim());
      current = "";
    } else {
      current += char;
    }
  }
  return [...found, current.trim()].filter((item) => item !== "");
}

/** Returns the entries of a composite literal: `Key: value`. */
export function entriesOf(items: readonly string[]): readonly (readonly [key: string, value: string])[] {
  return items.flatMap((item) => {
    const [, key, value] = /^([\w."]+):\s*([\s\S]*)$/.exec(item) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
}

/** Returns what is found, or throws: the sources do not look as expected. */
export function stated<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`the sources do not state ${what} where they used to`);
  return found;
}
