import { abortable } from "../../async/signal.ts";
import type { Storage } from "../control-plane/index.ts";

const queues = new WeakMap<Storage, Map<string, Promise<void>>>();

/** Waits until this instance is the only holder of the name in the storage (--leader-elect); the result releases it. */
export async function becomeLeader(storage: Storage, name: string, signal: AbortSignal): Promise<() => void> {
  const ofStorage = queues.get(storage) ?? new Map<string, Promise<void>>();
  queues.set(storage, ofStorage);
  const before = ofStorage.get(name) ?? Promise.resolve();
  const { promise: done, resolve: giveUp } = Promise.withResolvers<void>();
  ofStorage.set(
    name,
    before.then(() => done),
  );
  try {
    await abortable(before, signal);
  } catch (error) {
    giveUp();
    throw error;
  }
  return giveUp;
}
