import type { WritableMap, WritableValue } from "./write-yaml.ts";

/**
 * Returns KYAML (KEP-5295) as sigs.k8s.io/yaml writes it: YAML's flow style with a comma after every element, strings
 * always in quotes. The keys of the objects that are printed here need none.
 */
export function kyaml(value: WritableValue, level = 0): string {
  if (Array.isArray(value)) return list(value as readonly WritableValue[], level);
  if (typeof value === "object" && value !== null) return map(value as WritableMap, level);
  return typeof value === "string" ? quoted(value, level + 1) : String(value);
}

const indent = (level: number) => "  ".repeat(level);

/** Lists of maps or lists share brackets: "[{", "}, {". */
function list(values: readonly WritableValue[], level: number): string {
  if (values.length === 0) return "[]";
  const shares = values.every((each) => typeof each === "object" && each !== null);
  if (shares) return `[${values.map((each) => kyaml(each, level)).join(", ")}]`;
  return `[\n${values.map((each) => `${indent(level + 1)}${kyaml(each, level + 1)},\n`).join("")}${indent(level)}]`;
}

function map(values: WritableMap, level: number): string {
  const entries = Object.entries(values).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, each]) => `${indent(level + 1)}${key}: ${kyaml(each ?? null, level + 1)},\n`);
  return `{\n${lines.join("")}${indent(level)}}`;
}

/** A string of several lines has lines for itself, folded. */
function quoted(text: string, level: number): string {
  if (!text.includes("\n")) return `"${escaped(text)}"`;
  const lines = text.split("\n");
  const ended = lines.at(-1) === "";
  const shown = (ended ? lines.slice(0, -1) : lines).map((line, index, all) => {
    const end = index < all.length - 1 || ended ? "\\n\\\n" : "\\\n";
    return `${indent(level)}${/^[^\S\n]/.test(line) ? "\\" : " "}${escaped(line)}${end}`;
  });
  return `"\\\n${shown.join("")}${indent(level)}"`;
}

const named: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\u001b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u00a0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

/** Characters that are not printable, and quotes and backslashes; a tab stays. */
function escaped(text: string): string {
  return text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} \t]/gu, (each) => {
    const code = each.codePointAt(0) ?? 0;
    if (named[each] !== undefined) return named[each];
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
}
