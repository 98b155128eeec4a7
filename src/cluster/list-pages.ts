import { ApiStatusError, type ListBound, type ListOptions } from "./cluster.ts";
import { TransportError } from "./transport.ts";

/** What one request for a part of a list asks for. */
export interface Page {
  readonly limit?: { readonly limit: number };
  /** Where the page before it ended. */
  readonly next: Readonly<Record<string, string>>;
  readonly time: { readonly timeoutMs?: number };
  readonly maxBytes?: number;
}

export interface PageAnswer<T> {
  readonly objects: readonly T[];
  readonly bytes: number;
  /** Empty after the last page. */
  readonly next: string;
}

/** Reads page by page up to the bound. What fails after the first page ends the list, too. */
export async function boundedList<T>(
  page: (from: Page) => Promise<PageAnswer<T>>,
  { bound, timeoutMs }: Pick<ListOptions, "timeoutMs"> & { readonly bound: ListBound },
  now = () => performance.now(),
): Promise<readonly T[]> {
  const started = now();
  const found: T[] = [];
  let bytes = 0;
  let next = "";
  do {
    const elapsedMs = now() - started;
    const time = timeoutMs === undefined ? {} : { timeoutMs: timeoutMs - elapsedMs };
    const limit = { limit: Math.min(bound.pageSize, bound.objects - found.length) };
    const isFirst = next === "";
    if (limit.limit <= 0 || bytes >= bound.bytes || (time.timeoutMs !== undefined && time.timeoutMs <= 0)) {
      bound.onRest();
      return found;
    }
    try {
      const from = { limit, next: next === "" ? {} : { continue: next }, time, maxBytes: bound.bytes - bytes };
      const answer = await page(from);
      found.push(...answer.objects);
      bytes += answer.bytes;
      next = answer.next;
    } catch (error) {
      if (isFirst || !(error instanceof TransportError || error instanceof ApiStatusError)) throw error;
      bound.onRest();
      return found;
    }
  } while (next !== "");
  return found;
}

/** Returns where a list continues; empty if it is complete. */
export function continueIn({ metadata }: Readonly<Record<string, unknown>>): string {
  if (typeof metadata !== "object" || metadata === null || !("continue" in metadata)) return "";
  return typeof metadata.continue === "string" ? metadata.continue : "";
}
