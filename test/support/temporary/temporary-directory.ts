import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "./remove-tree.ts";

export interface TemporaryDirectory extends Disposable {
  readonly path: string;
}

const inUse = new Set<string>();

/**
 * A directory of one's own. It is removed where it is disposed of, or else at the end of the file of tests; where that is
 * killed, with the directory of the whole run, by a later run.
 */
export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), "d-"));
  inUse.add(path);
  return { path, [Symbol.dispose]: () => remove(path) };
}

export function removeTemporaryDirectories(): void {
  for (const path of inUse) remove(path);
}

function remove(path: string): void {
  inUse.delete(path);
  removeTree(path);
}
