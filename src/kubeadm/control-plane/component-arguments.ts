import { type Arg, lastArgument, mergedValue } from "../config/fields/node-registration.ts";

/**
 * Returns the command line of a component: kubeadm's arguments sorted by name and value, without those that the user
 * sets; then the user's, in their order. Duplicates are kept. The user's that have a merge method change kubeadm's of their
 * name, or nothing. For clusters of 1.34, all arguments are sorted together.
 */
export function componentCommand(
  program: string,
  own: readonly Arg[],
  extra: readonly Arg[],
  { sortsAll }: { readonly sortsAll: boolean },
): readonly string[] {
  const kept = own.toSorted(compareArguments).flatMap((argument) => {
    const users = lastArgument(extra, argument.name);
    if (users === undefined) return [argument];
    return users.mergeMethod === undefined ? [] : [{ ...argument, value: mergedValue(argument.value, users) }];
  });
  const added = extra.filter(({ mergeMethod }) => mergeMethod === undefined);
  const all = sortsAll ? [...kept, ...added].toSorted(compareArguments) : [...kept, ...added];
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
