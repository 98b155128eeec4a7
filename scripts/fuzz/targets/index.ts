import type { FuzzTarget } from "../target.ts";
import { configurationTargets } from "./configurations.ts";
import { credentialTargets } from "./credentials.ts";
import { machineTargets } from "./machine.ts";
import { textTargets } from "./texts.ts";
import { valueTargets } from "./values.ts";
import { wireTargets } from "./wire.ts";

/** Every parser of data that comes from outside. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...[...textTargets, ...configurationTargets, ...credentialTargets],
  ...[...valueTargets, ...wireTargets, ...machineTargets],
].map((target) => ({ ...target, samples: once(target.samples) }));

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export function targetNamed(name: string): FuzzTarget {
  const target = fuzzTargets.find((each) => each.name === name);
  if (target === undefined)
    throw new Error(`there is no parser ${name}: ${fuzzTargets.map((each) => each.name).join(", ")}`);
  return target;
}
