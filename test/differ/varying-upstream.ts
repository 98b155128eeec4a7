import { explain } from "./explain/rule.ts";
import { rules } from "./explain/rules.ts";
import { onStages } from "./on-stages.ts";
import type { Judged } from "./report.ts";
import { runSide } from "./run-case.ts";
import type { StagePrograms } from "./stage/stage.ts";

const furtherRuns = 6;

/** With more unexplained cases than this, the cause is not chance. */
const mostCases = 20;

/**
 * Runs upstream's program again in the cases that are not explained. Where it does something else than before, and that
 * is what this program did, the case is explained: where two events fall on the same moment, such as an attempt and a
 * deadline, upstream's program reports either. What this program did is never taken again.
 */
export async function againWithUpstream(
  judged: readonly Judged[],
  options: { readonly programs: StagePrograms; readonly configuration: string },
): Promise<readonly Judged[]> {
  const unexplained = judged.filter(({ explanation }) => explanation.rest.length > 0);
  if (unexplained.length === 0 || unexplained.length > mostCases) return judged;
  const pairs = new Map(unexplained.map(({ pair }) => [pair.input, pair]));
  const found = await onStages([...pairs.keys()], options, async (machine, input, tree) => {
    const pair = pairs.get(input);
    for (let run = 0; pair !== undefined && run < furtherRuns; run++) {
      const { observation } = await runSide(machine, "upstream", input, tree);
      const other = { ...pair, upstream: observation };
      const explanation = explain(other, rules);
      if (explanation.rest.length === 0) return { pair: other, explanation };
    }
    return undefined;
  });
  const varying = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.pair.input, one] as const])));
  for (const input of varying.keys()) console.log(`upstream's program varies, and once did the same: ${input.name}`);
  return judged.map((one) => varying.get(one.pair.input) ?? one);
}
