import { throwIfAborted } from "../async/signal.ts";
import { started } from "../async/started.ts";
import { generateKeys, type KeyAlgorithm, type KeyPair } from "./keys.ts";

/**
 * Key pairs of one algorithm. RSA keys are most of the work of an init, and finding primes parallelizes well: a caller
 * that knows how many keys it will need calls `prepare`, and they are made on all cores in the background.
 */
export interface KeySource {
  /** Starts making this many keys in addition to those already announced. */
  prepare(count: number): void;
  /** Starts making keys until this many have been announced that nobody has taken yet. */
  prepareAtLeast(count: number): void;
  /** Returns a key that no other caller receives: a prepared one, or a new one. */
  take(): Promise<KeyPair>;
}

/** `atOnce`: how many keys are made in parallel. No key is started after the signal has aborted. */
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
  const prepare = (count: number) => {
    for (let index = 0; index < count; index++) prepared.push(started(generate()));
  };
  return {
    prepare,
    prepareAtLeast: (count) => prepare(count - prepared.length),
    take: () => prepared.shift() ?? generate(),
  };
}
