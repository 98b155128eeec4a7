import { rm } from "node:fs/promises";
import { eraseHost } from "./host-boot.ts";
import { hostDirectory, type LabState, labDirectory, listLabs, loadState, lockFile, planOf } from "./lab-state.ts";
import { withLock } from "./lock.ts";
import { removeBridge } from "./network.ts";
import { isAlive } from "./process-identity.ts";
import type { Say } from "./progress.ts";

/** A lab whose owner died without taking it down. */
export function isAbandoned({ owner }: LabState): boolean {
  return owner !== undefined && !isAlive(owner);
}

/**
 * Releases everything that the lab has taken, in reverse order. Uses only the record, so it also works for other
 * processes' labs.
 */
export async function eraseLab(cache: string, name: string): Promise<void> {
  await withLock(lockFile(cache, `${name}.erase`), { timeoutMs: 120_000 }, async () => {
    const state = loadState(cache, name);
    if (state === undefined) return;
    const results = await Promise.allSettled(
      state.hosts.map((host) => eraseHost(name, hostDirectory(cache, name, host.name), host, planOf(state))),
    );
    const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    // The record stays, so that the next attempt knows what is left.
    if (failures.length > 0)
      throw new AggregateError(failures, `the lab ${name} could not be cleared away: ${failures.join("; ")}`);
    await removeBridge(name);
    await rm(labDirectory(cache, name), { recursive: true, force: true });
  });
}

/** Removes every lab that a killed run left. Returns their names. */
export async function eraseAbandonedLabs(cache: string, say: Say): Promise<string[]> {
  const erased: string[] = [];
  for (const name of listLabs(cache)) {
    const state = loadState(cache, name);
    if (state === undefined || !isAbandoned(state)) continue;
    say(`removing the lab ${name} of process ${state.owner?.pid}, which has ended`);
    await eraseLab(cache, name);
    erased.push(name);
  }
  return erased;
}
