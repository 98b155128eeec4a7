import { type Look, shared } from "./check.ts";

/** A file that an earlier init or join left on this machine. */
export interface Leftover {
  readonly path: string;
  /** "3m", "26h", "12d". */
  readonly age: string;
}

/** Returns a look for those of the files that exist, in the given order, with their age. */
export function findLeftovers(paths: readonly string[]): Look<readonly Leftover[]> {
  return shared(async ({ files, clock }) => {
    const now = clock.now();
    const found = await Promise.all(paths.map(async (path) => ({ path, status: await files.status(path) })));
    return found.flatMap(({ path, status }) =>
      status === undefined ? [] : [{ path, age: ageText(now.getTime() - status.modifiedAt.getTime()) }],
    );
  });
}

/** Returns the age in the largest unit of which it has at least two, as kubectl prints ages. */
function ageText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
