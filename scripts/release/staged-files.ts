import { chmodSync, copyFileSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A file of a package, before it has a form. */
export interface PackagedFile {
  /** Absolute, on the machine on which the package is installed. */
  readonly path: string;
  readonly mode: 0o644 | 0o755;
  /** A text, or the path of a file to copy. */
  readonly content: string | Uint8Array | { readonly copyOf: string };
}

/** Writes the files below `root`, with plain modes and all with the same time. */
export function stageFiles(root: string, files: readonly PackagedFile[], epoch: number): void {
  mkdirSync(root, { recursive: true });
  for (const { path, mode, content } of files) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof content === "object" && "copyOf" in content) copyFileSync(content.copyOf, target);
    else writeFileSync(target, content);
    chmodSync(target, mode);
  }
  normalizeTimes(root, epoch);
}

/** Directories last: a change in one of them changes its time. */
export function normalizeTimes(directory: string, epoch: number): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) normalizeTimes(path, epoch);
    else if (entry.isFile()) utimesSync(path, epoch, epoch);
  }
  chmodSync(directory, 0o755);
  utimesSync(directory, epoch, epoch);
}
