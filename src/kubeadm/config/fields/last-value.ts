import type { Arg } from "./node-registration.ts";

/** What a component goes by where an argument is repeated: the last value. Undefined where it is not given. */
export function lastValue(args: readonly Arg[], name: string): string | undefined {
  return args.findLast((arg) => arg.name === name)?.value;
}
