/**
 * Awaits work that runs in parallel, and returns the results in the order of the work. Unlike `Promise.all` it waits
 * until all work has ended before it throws the first failure, in that order: when its caller undoes what the work did,
 * nothing is still running.
 */
export async function allEnded<T extends readonly unknown[]>(
  work: {
    readonly [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as unknown as T;
}
