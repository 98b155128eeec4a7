import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./run.ts";

/** What only a checkout needs. The runtimes are optional packages there, and npm would install them for who uses the library. */
const ofCheckout: ReadonlySet<string> = new Set(["private", "scripts", "devDependencies", "optionalDependencies"]);

/**
 * Writes the npm package of the library, which has been built, to the directory `into`. `by` is an empty directory for what is
 * in it.
 */
export async function packLibrary(
  root: string,
  { into, by }: { readonly into: string; readonly by: string },
): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Readonly<Record<string, unknown>> & {
    readonly files: readonly string[];
  };
  for (const path of manifest.files) {
    mkdirSync(dirname(join(by, path)), { recursive: true });
    cpSync(join(root, path), join(by, path), { recursive: true });
  }
  const published = Object.entries(manifest).filter(([field]) => !ofCheckout.has(field));
  writeFileSync(join(by, "package.json"), `${JSON.stringify(Object.fromEntries(published), null, 2)}\n`);
  await run(["npm", "pack", "--silent", "--ignore-scripts", `--pack-destination=${into}`], { cwd: by });
}
