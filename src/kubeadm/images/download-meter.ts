import type { Download } from "../../cri/container-runtime.ts";
import type { DownloadProgress } from "../../events/download-progress.ts";
import { defined } from "../../values/defined.ts";

/** The pace is that of these last milliseconds, and unknown until the first of these have passed. */
const longestPaceMs = 10_000;
const shortestPaceMs = 2_000;

/** Adds up downloads that a runtime lists only while they are under way. */
export interface DownloadMeter {
  /** Takes what is under way at a time of the monotonic clock. Returns undefined until something is. */
  take(downloads: readonly Download[], nowMs: number): DownloadProgress | undefined;
}

export function downloadMeter(): DownloadMeter {
  const known = new Map<string, Download>();
  const samples: { readonly atMs: number; readonly bytes: number }[] = [];
  return {
    take: (downloads, nowMs) => {
      // What is no longer listed has ended.
      for (const [id, { totalBytes }] of known) known.set(id, { id, totalBytes, bytes: totalBytes });
      for (const each of downloads) if (each.totalBytes > 0) known.set(each.id, each);
      const all = [...known.values()];
      const bytes = sum(all.map((each) => each.bytes));
      const totalBytes = sum(all.map((each) => each.totalBytes));
      if (totalBytes === 0) return undefined;
      samples.push({ atMs: nowMs, bytes });
      while (nowMs - (samples[0]?.atMs ?? nowMs) > longestPaceMs) samples.shift();
      const { atMs = nowMs, bytes: before = bytes } = samples[0] ?? {};
      const pace = nowMs - atMs < shortestPaceMs ? 0 : (bytes - before) / (nowMs - atMs);
      const leftMs = pace > 0 && bytes < totalBytes ? (totalBytes - bytes) / pace : undefined;
      return { bytes, totalBytes, ...defined({ leftMs }) };
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
