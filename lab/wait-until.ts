import { setTimeout as delay } from "node:timers/promises";

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly intervalMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class WaitTimeout extends Error {
  constructor(what: string, timeoutMs: number) {
    super(`waited ${timeoutMs} ms for ${what}`);
    this.name = "WaitTimeout";
  }
}

/**
 * Probes until the answer is yes. `what` completes the sentence "waited … for", so that a timeout is self-explanatory.
 */
export async function waitUntil(
  what: string,
  probe: () => boolean | Promise<boolean>,
  { timeoutMs, intervalMs = 50, signal }: WaitOptions,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await probe()) return;
    if (performance.now() >= deadline) throw new WaitTimeout(what, timeoutMs);
    await delay(intervalMs, undefined, { signal });
  }
}
