// Writes the help of each flag into the declarations of the built library: `node scripts/add-flag-docstrings.ts DIRECTORY`.
// A process of its own, so that the build of the program needs no package but the runtime.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFlagDocstrings } from "./flag-docstrings.ts";

const [, , directory = "."] = process.argv;
for (const path of globSync(join(directory, "src/kubeadm/flags/{init,join,reset,upgrade-*}-flags.d.ts"))) {
  writeFileSync(path, withFlagDocstrings(readFileSync(path, "utf8")));
}
