import type { Arg } from "../config/fields/node-registration.ts";

/**
 * The command line of a component: kubeadm's own arguments sorted by name and value, without those that the user gives;
 * then the user's, in his order. Several of one name are all kept. Clusters of 1.34 have everything sorted together.
 */
export function componentCommand(
  program: string,
  own: readonly Arg[],
  extra: readonly Arg[],
  { sortsAll }: { readonly sortsAll: boolean },
): readonly string[] {
  const replaced = new Set(extra.map(({ name }) => name));
  const kept = own.filter(({ name }) => !replaced.has(name)).toSorted(compareArguments);
  const all = sortsAll ? [...kept, ...extra].toSorted(compareArguments) : [...kept, ...extra];
  return [program, ...all.map(({ name, value }) => `--${name}=${value}`)];
}

/** Arguments written as a record, which cannot hold a name twice. */
export function argumentsFrom(record: Readonly<Record<string, string>>): readonly Arg[] {
  return Object.entries(record).map(([name, value]) => ({ name, value }));
}

function compareArguments(left: Arg, right: Arg): number {
  return compare(left.name, right.name) || compare(left.value, right.value);
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
