// Follows Kubernetes: captures what upstream's kubeadm of a version is and does, compares it with an earlier version, and
// prints what changed, with the files of ours that are concerned: docs/following.md.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { cacheDirectory } from "../lab/parts/part-store.ts";
import { releases } from "../src/kubernetes/minors/releases.ts";
import { BuildError } from "./build-error.ts";
import { type CapturedVersion, captureVersion } from "./follow/capture-version.ts";
import { type Change, compareCaptures } from "./follow/compare.ts";
import { foundChange, knownChanges, missingChanges } from "./follow/known-changes.ts";
import { foldObserved } from "./follow/observed-changes.ts";
import { report } from "./follow/report.ts";
import { minorModule, moduleNames, updateFile } from "./minors/write-minor.ts";

const help = `Usage: npm run follow -- VERSION [OPTIONS]

Prints what changed from the newest release before VERSION that the program knows, with the files of ours that are concerned.
Captures are kept in the lab's cache. The cases of the differ need root; without it, the report says what is missing.

  --from VERSION        Compare with this version
  --without-components  Build no program but kubeadm
  --write               Also write the data of the minor version
  --record FILE         Also write what changed to a file, one change a line
  --prove               Fail if it does not find what is known to have changed
  --help                Show this.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean", default: false },
    from: { type: "string" },
    prove: { type: "boolean", default: false },
    record: { type: "string" },
    "without-components": { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

/** Descriptions of certificates are long; what a change is about is at its beginning. */
const recordedLength = 300;

async function main(): Promise<boolean> {
  if (values.help) {
    process.stdout.write(help);
    return true;
  }
  const [version, ...others] = positionals;
  if (version === undefined || others.length > 0) throw new BuildError("name one version: npm run follow -- 1.38.0");
  const to = version.replace(/^v/, "");
  const from = values.from?.replace(/^v/, "") ?? releaseBefore(to);
  const context = { cache: cacheDirectory(), say: console.error };
  const isWanted = { components: !values["without-components"] };
  const before = await captureVersion(context, from, isWanted);
  const after = await captureVersion(context, to, isWanted);
  const changes = foldObserved(compareCaptures(before.capture, after.capture));
  for (const line of report(before.capture, after.capture, changes)) console.log(line);
  if (values.record !== undefined) record(values.record, changes);
  console.log(`\n${dataOfMinor(to, before, after)}`);
  return !values.prove || prove(`${from} → ${to}`, changes);
}

function releaseBefore(release: string): string {
  const minorOf = (each: string) => Number(each.split(".")[1]);
  const found = releases.findLast((each) => minorOf(each) < minorOf(release));
  if (found === undefined) throw new BuildError(`no release before ${release} is known: name one with --from`);
  return found;
}

function dataOfMinor(release: string, before: CapturedVersion, { collected }: CapturedVersion): string {
  const { file } = moduleNames(release);
  if (collected === undefined) return `src/kubernetes/minors/gen/${file} cannot be made: see what was not captured`;
  const text = minorModule(release, collected, before.collected);
  const isOther = updateFile(file, text, values.write);
  if (!isOther) return `src/kubernetes/minors/gen/${file} is what the sources say`;
  if (!values.write) return `src/kubernetes/minors/gen/${file} is missing or outdated: --write writes it`;
  const isListed = releases.some((each) => each === release);
  return `src/kubernetes/minors/gen/${file} written${isListed ? "" : `; list ${release} in src/kubernetes/minors/releases.ts, and run npm run generate:minors`}`;
}

function record(file: string, changes: readonly Change[]): void {
  const lines = changes
    .map(foundChange)
    .map(({ area, sign, name }) => JSON.stringify([area, sign, name.slice(0, recordedLength)]));
  writeFileSync(file, `${lines.join("\n")}\n`);
}

/** Prints which of the changes that are known were found; they all have to be. */
function prove(versions: string, changes: readonly Change[]): boolean {
  const known = knownChanges[versions];
  if (known === undefined)
    throw new BuildError(`scripts/follow/known-changes.ts does not list what changed: ${versions}`);
  const missing = missingChanges(known, changes.map(foundChange));
  console.log(`\nKnown changes that were found: ${known.length - missing.length} of ${known.length}`);
  for (const { what, shown } of missing) console.log(`  not found: ${what} (${shown.join(" ")})`);
  return missing.length === 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`follow: ${error.message}`);
  process.exitCode = 1;
}
