import { columns } from "../../test/support/columns.ts";
import type { Samples } from "./programs.ts";

export interface Row {
  readonly what: string;
  readonly unit: "ms" | "MiB" | "";
  readonly samples: Samples;
  /** The largest acceptable ratio of the medians, to upstream in the same run. */
  readonly limit: number;
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, unit, samples, limit }) => {
    const ratio = median(samples.ours) / median(samples.upstream);
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

function shown(samples: readonly number[], unit: Row["unit"]): string {
  const digits = unit === "MiB" ? 1 : 0;
  const [least, most] = [Math.min(...samples), Math.max(...samples)];
  return `${median(samples).toFixed(digits)} ${unit} (${least.toFixed(digits)} – ${most.toFixed(digits)})`.replace(
    "  ",
    " ",
  );
}

function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
