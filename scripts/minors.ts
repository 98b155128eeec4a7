// Writes src/kubernetes/minors/gen/, what belongs to each minor version of Kubernetes, from the sources of its release.
//
//   npm run generate:minors                     all of src/kubernetes/minors/releases.ts
//   npm run generate:minors -- 1.37.2           one release, compared with the one before
//   npm run generate:minors -- --check 1.37.2   writes nothing, and fails if a file is not what would be written
//
// It downloads modules and links the components, some minutes for a release that the lab has not built; what they said is
// kept in the lab's cache.
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { cacheDirectory } from "../lab/parts/part-store.ts";
import { releases } from "../src/kubernetes/minors/releases.ts";
import { type Collected, collect } from "./minors/collect.ts";
import { renderIndex } from "./minors/render.ts";
import { minorModule, minorsFolder, moduleNames, updateFile } from "./minors/write-minor.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: "boolean" } } });
const all: readonly string[] = releases;
const unknown = positionals.find((release) => !all.includes(release));
if (unknown !== undefined) throw new Error(`src/kubernetes/minors/releases.ts does not list ${unknown}`);

const context = { cache: cacheDirectory(), say: console.error };

const collected = new Map<string, Collected>();
async function collectOnce(release: string): Promise<Collected> {
  const found =
    collected.get(release) ??
    (await collect(context, release, (component) =>
      console.error(`${release}: ${component} cannot be linked: which feature gates it does not have is not known`),
    ));
  collected.set(release, found);
  return found;
}

const files = new Map<string, string>();
for (const release of positionals.length === 0 ? all : positionals) {
  const previous = all[all.indexOf(release) - 1];
  const before = previous === undefined ? undefined : await collectOnce(previous);
  const now = await collectOnce(release);
  files.set(moduleNames(release).file, minorModule(release, now, before));
}
files.set("index.ts", renderIndex(all.map(moduleNames)));

let changed = 0;
mkdirSync(minorsFolder, { recursive: true });
for (const [name, text] of files) {
  if (!updateFile(name, text, values.check !== true)) continue;
  changed++;
  console.log(`${name} ${values.check === true ? "is not what the sources say" : "written"}`);
}
console.log(`${files.size} files, ${changed} of them ${values.check === true ? "outdated" : "changed"}`);
console.log("Manually, because no source states it in a form that can be read: src/kubernetes/minors/by-hand.ts");
process.exitCode = values.check === true && changed > 0 ? 1 : 0;
