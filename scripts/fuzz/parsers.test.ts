// So many inputs for each parser, the same ones in every run: what a longer run finds is in test/fuzz/corpus afterwards.
// `npm run fuzz` tries more.
import { describe, expect, test } from "vitest";
import { regressionsOf } from "./corpus.ts";
import { judge, minimized, type Problem, runBatch } from "./run-inputs.ts";
import { fuzzTargets } from "./targets/index.ts";

const count = 2_000;

describe.each(fuzzTargets.map((target) => [target.name, target] as const))("the parser of %s", (name, target) => {
  test("takes its samples and what once broke it", async () => {
    const inputs = [...target.samples().map((input) => ({ name: "a sample", input })), ...regressionsOf(name)];
    const found = await Promise.all(
      inputs.map(async (each) => ({ ...(await judge(target, each.input)), name: each.name })),
    );
    expect(found.filter((each) => "problem" in each)).toEqual([]);
  });

  test(`takes ${count} inputs that are nearly valid`, async () => {
    const problems = new Map<string, { readonly problem: Problem; readonly input: string }>();
    const kinds = new Set<string>();
    await runBatch({
      ...{ target, seed: 1, count, corpus: [], known: kinds },
      onProblem: (input, problem) => {
        if (problems.has(problem.key)) return;
        problems.set(problem.key, { problem, input: Buffer.from(input).toString("latin1").slice(0, 2_000) });
      },
    });
    expect([...problems.values()]).toEqual([]);
    // A parser that always gives the same answer is not reached.
    expect(kinds.size).toBeGreaterThan(1);
  });
});

test("an input that fails becomes as small as what makes it fail", async () => {
  const shows = async (input: Uint8Array) => Buffer.from(input).includes("bad");
  const smallest = await minimized(Buffer.from(`${"a".repeat(500)}bad${"b".repeat(300)}`), shows);
  expect(Buffer.from(smallest).toString()).toBe("bad");
});
