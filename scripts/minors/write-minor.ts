// Writes the data of minor versions, each a module of src/kubernetes/minors/gen/.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Collected, removedFlags } from "./collect.ts";
import { renderModule } from "./render.ts";

export const minorsFolder = join(import.meta.dirname, "..", "..", "src", "kubernetes", "minors", "gen");

/** The file of a release, and what it exports. */
export function moduleNames(release: string): { readonly file: string; readonly name: string } {
  const [major = "", minor = ""] = release.split(".");
  return { file: `${major}.${minor}.ts`, name: `minor${minor}` };
}

/** Returns the text of the module of a minor version, with the flags that it has lost since the one before. */
export function minorModule(release: string, now: Collected, before: Collected | undefined): string {
  const data = { ...now.data, removedFlags: removedFlags(now, before) };
  return renderModule(data, "MinorData", moduleNames(release).name);
}

/** Returns whether the file is not what it is to be; writes it if `write` says so. */
export function updateFile(name: string, text: string, write: boolean): boolean {
  const path = join(minorsFolder, name);
  if (textOf(path) === text) return false;
  if (write) writeFileSync(path, text);
  return true;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
