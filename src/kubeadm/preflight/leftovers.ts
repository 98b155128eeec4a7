import { type Look, shared } from "./check.ts";

/** A file that an earlier init or join has left on this machine. */
export interface Leftover {
  readonly path: string;
  /** "3m", "26h", "12d". */
  readonly age: string;
}

/** Which of the files are there, in the order given, and how old they are. */
export function findLeftovers(paths: readonly string[]): Look<readonly Leftover[]> {
  return shared(async ({ files, clock }) => {
    const now = clock.now();
    const found = await Promise.all(paths.map(async (path) => ({ path, status: await files.status(path) })));
    return found.flatMap(({ path, status }) =>
      status === undefined ? [] : [{ path, age: ageText(now.getTime() - status.modifiedAt.getTime()) }],
    );
  });
}

/** The largest unit that gives at least two of it, as kubectl shows ages. */
function ageText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
