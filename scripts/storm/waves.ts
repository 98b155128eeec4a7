import type { SentRequest, WorkerResult } from "./worker.ts";

/** A request that repeats one that was refused or got no answer. */
export interface Retry {
  /** When it was sent, milliseconds after the end of the request before it. */
  readonly afterMs: number;
  readonly at: number;
  /** What the server asked for, if it did. */
  readonly retryAfterMs?: number;
}

export function retriesOf(workers: readonly WorkerResult[]): readonly Retry[] {
  return workers.flatMap(({ requests }) =>
    requests.flatMap((request, index): readonly Retry[] => {
      const before = requests.slice(0, index).findLast((each) => isSame(each, request));
      if (before === undefined || !hasFailed(before)) return [];
      const { answeredAt, retryAfterMs } = before;
      return [
        { at: request.at, afterMs: request.at - answeredAt, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
      ];
    }),
  );
}

function isSame(left: SentRequest, right: SentRequest): boolean {
  return left.url === right.url && left.method === right.method;
}

function hasFailed({ status }: SentRequest): boolean {
  return status === undefined || status === 429 || status >= 500;
}

/** The largest share of the pauses that lies within a window of this length: 1 is one wave. */
export function largestShare(values: readonly number[], windowMs: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [index, value] of sorted.entries()) {
    while (value - (sorted[from] ?? value) > windowMs) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return sorted.length === 0 ? 0 : most / sorted.length;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
