import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { eraseLab, isAbandoned } from "./erase-lab.ts";
import { loadState } from "./lab-state.ts";

/**
 * Starts a process that outlives this one and takes the lab down if this one dies without doing so: even a killed test
 * run leaves nothing behind. It ends with the lab, or when the lab no longer has an owner.
 */
export function startGuard(cache: string, name: string): void {
  const guard = spawn(process.execPath, [import.meta.filename, cache, name], { detached: true, stdio: "ignore" });
  guard.on("error", () => undefined);
  guard.unref();
}

const LOOK_EVERY_MS = 500;

async function guard(cache: string, name: string): Promise<void> {
  for (;;) {
    const state = loadState(cache, name);
    if (state?.owner === undefined) return;
    if (isAbandoned(state)) return eraseLab(cache, name);
    await delay(LOOK_EVERY_MS);
  }
}

if (import.meta.main) {
  const [cache, name] = process.argv.slice(2);
  if (cache === undefined || name === undefined) throw new Error("usage: guard.ts CACHE LAB");
  await guard(cache, name);
}
