import { defined } from "../values/defined.ts";
import type { KubernetesObject, ListBound, ListOptions } from "./cluster.ts";
import { RequestError } from "./request-error.ts";

/** What one request for a part of a list asks for. */
export interface Page {
  readonly limit?: number;
  /** Where the page before it ended; empty for the first one. */
  readonly next: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export interface PageAnswer<T> {
  readonly objects: readonly T[];
  readonly bytes: number;
  /** Empty after the last page. */
  readonly next: string;
}

/** Reads page by page up to the bound. What fails after the first page ends the list, too. */
export async function boundedList<T extends KubernetesObject>(
  page: (from: Page) => Promise<PageAnswer<T>>,
  { bound, timeoutMs }: Pick<ListOptions, "timeoutMs"> & { readonly bound: ListBound },
  now = () => performance.now(),
): Promise<readonly T[]> {
  const started = now();
  const found: T[] = [];
  let bytes = 0;
  let next = "";
  do {
    const remainingMs = timeoutMs === undefined ? undefined : timeoutMs - (now() - started);
    const limit = Math.min(bound.pageSize, bound.objects - found.length);
    const isFirst = next === "";
    if (limit <= 0 || bytes >= bound.bytes || (remainingMs ?? 1) <= 0) {
      bound.onRest();
      return found;
    }
    try {
      const answer = await page({ limit, next, maxBytes: bound.bytes - bytes, ...defined({ timeoutMs: remainingMs }) });
      found.push(...answer.objects.map(lighter));
      bytes += answer.bytes;
      next = answer.next;
    } catch (error) {
      if (isFirst || !(error instanceof RequestError)) throw error;
      bound.onRest();
      return found;
    }
  } while (next !== "");
  return found;
}

/** As kubectl asks for lists. */
export const usualPageSize = 500;

/** Reads all pages. */
export async function wholeList<T extends KubernetesObject>(
  page: (from: Page) => Promise<PageAnswer<T>>,
  { timeoutMs }: Pick<ListOptions, "timeoutMs">,
): Promise<readonly T[]> {
  const found: T[] = [];
  let next = "";
  do {
    const answer = await page({ limit: usualPageSize, next, ...defined({ timeoutMs }) });
    found.push(...answer.objects.map(lighter));
    next = answer.next;
  } while (next !== "");
  return found;
}

/**
 * Returns an object without what makes up most of its size in a long list, and is not read here: who has written which
 * field, and the images of a Node.
 */
function lighter<T extends KubernetesObject>(object: T): T {
  const { metadata, status, ...rest }: KubernetesObject & { readonly status?: unknown } = object;
  const kept = {
    ...rest,
    ...defined({ metadata: without(metadata, "managedFields"), status: without(status, "images") }),
  };
  return kept as unknown as T;
}

function without(fields: unknown, name: string): unknown {
  if (typeof fields !== "object" || fields === null || !(name in fields)) return fields;
  return Object.fromEntries(Object.entries(fields).filter(([each]) => each !== name));
}

/** Returns where a list continues; empty if it is complete. */
export function continueIn({ metadata }: Readonly<Record<string, unknown>>): string {
  if (typeof metadata !== "object" || metadata === null || !("continue" in metadata)) return "";
  return typeof metadata.continue === "string" ? metadata.continue : "";
}
