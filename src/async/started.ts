/**
 * Marks work that starts here and is awaited later, perhaps by nobody: anyone who awaits it gets its failure, which
 * until then is no unhandled rejection (that would end the program). Every promise that is stored before it is awaited
 * passes through this; `scripts/started-work.test.ts` finds those that do not.
 */
export function started<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
