import { throwIfAborted } from "../async/signal.ts";
import { generateKeys, type KeyAlgorithm, type KeyPair } from "./keys.ts";

/**
 * Key pairs of one algorithm. RSA keys are most of the work of an init, and finding primes parallelises well: whoever
 * knows how many will be wanted says so with `prepare`, and they are made on all cores while something else goes on.
 */
export interface KeySource {
  /** Starts making so many more keys than were announced already. */
  prepare(count: number): void;
  /** A key that nobody else gets: one that was prepared, or a new one. */
  take(): Promise<KeyPair>;
}

/** `atOnce`: how many are made side by side. Nothing new is started once the signal has aborted. */
export function keySource(
  algorithm: KeyAlgorithm,
  options: { readonly atOnce: number; readonly signal: AbortSignal },
): KeySource {
  const waiting: (() => void)[] = [];
  const prepared: Promise<KeyPair>[] = [];
  let running = 0;

  const startNext = () => {
    while (running < Math.max(1, options.atOnce)) {
      const start = waiting.shift();
      if (start === undefined) return;
      running++;
      start();
    }
  };
  const generate = async (): Promise<KeyPair> => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      startNext();
    });
    try {
      throwIfAborted(options.signal);
      return await generateKeys(algorithm);
    } finally {
      running--;
      startNext();
    }
  };
  return {
    prepare: (count) => {
      for (let index = 0; index < count; index++) {
        const key = generate();
        // Whoever takes it sees the failure; a key that nobody takes must not count as unhandled.
        key.catch(() => undefined);
        prepared.push(key);
      }
    },
    take: () => prepared.shift() ?? generate(),
  };
}
