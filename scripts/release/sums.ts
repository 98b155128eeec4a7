import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface HashedFile {
  /** Relative to the release. */
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
}

/** Returns all files below the directory, sorted by name. */
export function hashedFiles(directory: string): readonly HashedFile[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => {
      const content = readFileSync(file);
      const sha256 = createHash("sha256").update(content).digest("hex");
      return { name: relative(directory, file), sha256, size: content.length };
    })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** In the form of `sha256sum --check`. */
export function sumsText(files: readonly HashedFile[]): string {
  return files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
}
