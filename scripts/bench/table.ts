import { counted } from "../../src/values/counted.ts";
import { columns } from "../../test/support/columns.ts";
import type { Figure } from "../results/result.ts";
import type { Samples } from "./programs.ts";

export interface Row {
  readonly what: string;
  readonly unit: "ms" | "MiB" | "";
  readonly samples: Samples;
  /** The largest acceptable ratio of the medians, to upstream in the same run. */
  readonly limit: number;
}

/** Under which a run took place; a ratio of medians means little without them. */
interface Conditions {
  readonly processors: number;
  /** The average number of programs that wanted to run, in the last minute before the run. */
  readonly load: number;
}

/** The rows with their spread and goals. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, unit, samples, limit }) => {
    const ratio = ratioOf(samples);
    const verdict = ratio <= limit ? "met" : "missed";
    return [
      what,
      shown(samples.ours, unit),
      shown(samples.upstream, unit),
      ratio.toFixed(2),
      `≤ ${limit.toFixed(2)}`,
      verdict,
    ];
  });
  const head = ["median (min – max)", "ours", "upstream 1.37.2", "ratio", "goal", ""];
  return `\n${columns([head, ...lines]).join("\n")}\n`;
}

/** The same as the README has it: medians, in Markdown, with the conditions. */
export function markdown(rows: readonly Row[], { processors, load }: Conditions): string {
  const lines = rows.map(({ what, unit, samples }) => {
    const cells = [what, brief(samples.ours, unit), brief(samples.upstream, unit), ratioOf(samples).toFixed(2)];
    return [...cells, String(samples.ours.length)];
  });
  const all = [["", "ours", "upstream 1.37.2", "ratio", "rounds"], Array<string>(5).fill("---"), ...lines];
  const conditions = `Medians, both programs in turn on ${processors} processors; load ${load.toFixed(1)} before the run.`;
  return `\n${conditions}\n\n${all.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

/** The same for docs/conformance.md. */
export function figures(rows: readonly Row[]): readonly Figure[] {
  return rows.map(({ what, unit, samples, limit }) => {
    const ratio = ratioOf(samples);
    const rounds = counted(samples.ours.length, "round", "rounds");
    const value = `${ratio.toFixed(2)} (${brief(samples.ours, unit)}, upstream ${brief(samples.upstream, unit)}; ${rounds})`;
    return { what, value, goal: `≤ ${limit.toFixed(2)}`, holds: ratio <= limit };
  });
}

function ratioOf({ ours, upstream }: Samples): number {
  return median(ours) / median(upstream);
}

/** Seconds with two digits that count. */
function brief(samples: readonly number[], unit: Row["unit"]): string {
  const value = median(samples);
  if (unit === "MiB") return `${value.toFixed(0)} MiB`;
  if (unit !== "ms") return value.toFixed(0);
  if (value < 100) return `${value.toFixed(0)} ms`;
  return `${(value / 1000).toFixed(value < 1000 ? 2 : value < 100_000 ? 1 : 0)} s`;
}

function shown(samples: readonly number[], unit: Row["unit"]): string {
  const digits = unit === "MiB" ? 1 : 0;
  const [least, most] = [Math.min(...samples), Math.max(...samples)];
  return `${median(samples).toFixed(digits)} ${unit} (${least.toFixed(digits)} – ${most.toFixed(digits)})`.replace(
    "  ",
    " ",
  );
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
