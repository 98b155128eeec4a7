import type { Arg } from "../config/fields/node-registration.ts";

/**
 * Returns the command line of a component: kubeadm's arguments sorted by name and value, without those that the user
 * sets; then the user's, in their order. Duplicates are kept. For clusters of 1.34, all arguments are sorted together.
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

/** Converts a record, which has no duplicate names, to arguments. */
export function argumentsFrom(record: Readonly<Record<string, string>>): readonly Arg[] {
  return Object.entries(record).map(([name, value]) => ({ name, value }));
}

function compareArguments(left: Arg, right: Arg): number {
  return compare(left.name, right.name) || compare(left.value, right.value);
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
