import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

/** The texts of files of the repository, shorter than the inputs that mutations make of them. */
export function filesLike(...patterns: readonly string[]): readonly string[] {
  const texts = patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }).sort())
    .map((path) => readFileSync(join(root, path), "utf8"))
    .filter((text) => text.length > 0 && text.length < 12_000);
  if (texts.length === 0) throw new Error(`there are no samples ${patterns.join(" ")}`);
  return texts;
}

export function bytesLike(pattern: string): readonly Uint8Array[] {
  const paths = globSync(pattern, { cwd: root }).sort();
  if (paths.length === 0) throw new Error(`there are no samples ${pattern}`);
  return paths.map((path) => new Uint8Array(readFileSync(join(root, path))));
}

/** The values of a file of golden data: a list, or one on each line. */
export function valuesIn(path: string): readonly unknown[] {
  const text = readFileSync(join(root, path), "utf8");
  if (path.endsWith(".jsonl"))
    return text
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error(`${path} is not a list`);
  return value;
}

/** The texts of one field of them. */
export function fieldsIn(path: string, field: string): readonly string[] {
  return valuesIn(path).flatMap((value) => {
    const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, field) : undefined;
    if (found === undefined) return [];
    return [typeof found === "string" ? found : JSON.stringify(found)];
  });
}
