import { openRunDirectory } from "../support/temporary/run-directory.ts";
import type { DifferCase } from "./case.ts";
import { makeNodeTrees } from "./node-trees.ts";
import type { Files, Machine } from "./run-case.ts";
import { Stage, type StagePrograms } from "./stage/stage.ts";
import { World } from "./world/world.ts";

const stageCount = 4;

/**
 * Runs each case on one of several stages, and returns what `run` returns for it, in the order of the cases.
 * `configuration`: with which upstream's program makes the trees of control planes; by default the differ's.
 */
export async function onStages<T>(
  cases: readonly DifferCase[],
  options: { readonly programs: StagePrograms; readonly configuration?: string },
  run: (machine: Machine, input: DifferCase, tree: Files) => Promise<T>,
): Promise<readonly T[]> {
  await using stack = new AsyncDisposableStack();
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = stack.use(await openRunDirectory()).path;
  stack.defer(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  });
  const stages = await Promise.all(Array.from({ length: stageCount }, () => Stage.open(options.programs)));
  for (const stage of stages) stack.use(stage);
  const [first] = stages;
  const trees = first === undefined ? new Map<string, Files>() : await makeNodeTrees(first, options.configuration);
  const queue = cases.entries();
  const found = new Map<number, T>();
  await Promise.all(
    stages.map(async (stage) => {
      const world = stack.use(new World(stage));
      for (const [index, input] of queue) {
        const tree = trees.get(input.tree ?? "nothing");
        if (tree === undefined) throw new Error(`${input.name}: there is no tree ${input.tree}`);
        found.set(index, await run({ stage, world }, input, tree));
      }
    }),
  );
  return [...found].toSorted(([left], [right]) => left - right).map(([, result]) => result);
}
