// What upstream's program does on a machine: the cases of `npm run differ`, as if written for the version, each with its
// own program alone.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildContext, ensurePart } from "../../lab/parts/part-store.ts";
import type { DifferCase } from "../../test/differ/case.ts";
import { allCases } from "../../test/differ/cases/index.ts";
import { initConfiguration } from "../../test/differ/node-trees.ts";
import { asOf, caseOf } from "../../test/differ/of-release.ts";
import { onStages } from "../../test/differ/on-stages.ts";
import { runSide } from "../../test/differ/run-case.ts";
import { stageLacks } from "../../test/differ/stage/stage.ts";
import type { Area } from "./areas.ts";
import type { Capture } from "./capture.ts";
import { behaviorFacts, type Observed, storeObservations } from "./observed.ts";

const seed = 1;

/**
 * Groups of cases that vary how a program is called or how broken its input is, not what kubeadm does; and those in which
 * it tries again until its time is over, so that what it has done then is by chance.
 */
const leftOut =
  /^(?:help|unknown flag|completion|shell|installer|hostile file|version|empty flag|descriptors|left out|fault of the API|fault of a phase)\//;

const observedAreas: readonly Area[] = ["outcomes", "output", "files", "objects", "requests", "calls"];

export async function captureBehavior(
  context: BuildContext,
  release: string,
  program: string,
): Promise<Pick<Capture, "areas" | "gaps">> {
  const lacks = stageLacks();
  if (lacks !== undefined) {
    return {
      areas: {},
      gaps: [{ part: "the cases of the differ", reason: `they need ${lacks}`, areas: observedAreas }],
    };
  }
  const cases = allCases(seed)
    .filter(({ name }) => !leftOut.test(name))
    .map((each) => caseOf(each, release));
  const directory = await ensurePart(context, `behavior-${release}-${recipe()}`, async (target) => {
    context.say(`${release}: ${cases.length} cases`);
    await writeFile(join(target, "observed.json"), JSON.stringify(await observeAll(cases, release, program)));
  });
  const observed = JSON.parse(await readFile(join(directory, "observed.json"), "utf8")) as Observed;
  return { areas: behaviorFacts(observed, release), gaps: [] };
}

/** Other cases, and another machine for them, make another capture. Some have certificates that are made each time. */
function recipe(): string {
  const root = join(import.meta.dirname, "../../test/differ");
  const folders = ["cases", "observe", "stage", "world"].map((name) => join(root, name));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))).toSorted();
  const hash = createHash("sha256").update(leftOut.source);
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

async function observeAll(cases: readonly DifferCase[], release: string, program: string): Promise<Observed> {
  const programs = { ours: program, upstream: program };
  const configuration = asOf(initConfiguration, release);
  const observed = await onStages(cases, { programs, configuration }, async (machine, input, tree) => {
    const { observation } = await runSide(machine, "upstream", input, tree);
    return [input.name, observation] as const;
  });
  return storeObservations(new Map(observed));
}
