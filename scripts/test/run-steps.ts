import type { Step } from "./step.ts";

type Ordered = Pick<Step, "name" | "after" | "inBackground">;

/**
 * Runs every step as soon as those that it needs have ended, well or not, and a processor is left. Returns the results in
 * the order of the steps.
 */
export async function runSteps<S extends Ordered, Result>(
  steps: readonly S[],
  processors: number,
  run: (step: S) => Promise<Result>,
): Promise<readonly Result[]> {
  const waiting = new Set(steps);
  const running = new Map<S, Promise<void>>();
  const results = new Map<S, Result>();
  const isPending = (name: string) => [...waiting, ...running.keys()].some((step) => step.name === name);
  const busy = () => [...running.keys()].filter(({ inBackground }) => inBackground !== true).length;
  const canBegin = ({ after = [], inBackground }: S) =>
    !after.some(isPending) && (inBackground === true || busy() < processors);
  const begin = async (step: S) => {
    results.set(step, await run(step));
    running.delete(step);
  };
  while (waiting.size + running.size > 0) {
    for (const step of waiting) {
      if (!canBegin(step)) continue;
      waiting.delete(step);
      running.set(step, begin(step));
    }
    if (running.size === 0) throw new Error(`wait for each other: ${[...waiting].map(({ name }) => name).join(", ")}`);
    await Promise.race(running.values());
  }
  return steps.flatMap((step) => (results.has(step) ? [results.get(step) as Result] : []));
}
