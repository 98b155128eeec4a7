import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { identifyProcess, isAlive, type ProcessIdentity } from "./process-identity.ts";
import { waitUntil } from "./wait-until.ts";

export interface LockOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once if another process holds the lock. */
  readonly onWait?: ((holder: ProcessIdentity) => void) | undefined;
}

let serial = 0;

/** Runs `work` while no other process does so under the same lock file. A lock whose holder has died is taken over. */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const self = identifyProcess(process.pid);
  if (self === undefined) throw new Error("cannot read this process's own entry in /proc");
  mkdirSync(dirname(file), { recursive: true });
  serial += 1;
  const own = `${file}.${process.pid}.${serial}`;
  writeFileSync(own, JSON.stringify(self));
  let told = false;
  try {
    await waitUntil(
      `the lock ${file}`,
      () => {
        const holder = tryLock(own, file);
        if (holder !== undefined && !told) {
          told = true;
          options.onWait?.(holder);
        }
        return holder === undefined;
      },
      { ...options, intervalMs: 100 },
    );
    try {
      return await work();
    } finally {
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Returns the holder if the lock is taken. */
function tryLock(own: string, file: string): ProcessIdentity | undefined {
  try {
    linkSync(own, file);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const holder = readHolder(file);
  if (holder !== undefined && isAlive(holder)) return holder;
  takeAway(own, file, holder);
  return holder ?? { pid: 0, startTime: "0" };
}

/** Two processes may find the same dead holder. The one that moves a live lock away by mistake puts it back. */
function takeAway(own: string, file: string, dead: ProcessIdentity | undefined): void {
  const aside = `${own}.stale`;
  try {
    renameSync(file, aside);
    const moved = readHolder(aside);
    if (moved !== undefined && isAlive(moved) && moved.pid !== dead?.pid) linkSync(aside, file);
  } catch {
    // The other process was faster, or has the lock by now: the next attempt finds out.
  }
  rmSync(aside, { force: true });
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value !== "object" || value === null || !("pid" in value) || !("startTime" in value)) return undefined;
    const { pid, startTime } = value;
    return typeof pid === "number" && typeof startTime === "string" ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}
