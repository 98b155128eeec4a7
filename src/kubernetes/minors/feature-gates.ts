import type { FeatureGate } from "./minor-data.ts";
import { findMinor, type Minor } from "./minors.ts";

/** The feature gates of the components of a minor version. */
export interface FeatureGates {
  /** By name, without AllAlpha and AllBeta. */
  readonly gates: ReadonlyMap<string, FeatureGate>;
  /** Those of them that a component does not have. */
  readonly absent: Minor["absentGates"];
  /** The gates that each one needs. */
  readonly needed: Minor["neededGates"];
  /** Where to read about them. */
  readonly source: string;
}

const found = new Map<number, FeatureGates>();

/** Returns the feature gates of a minor version; undefined if this program does not know it. */
export function featureGatesOf(number: number): FeatureGates | undefined {
  const minor = findMinor(number);
  if (minor === undefined) return undefined;
  const known = found.get(number) ?? read(minor);
  found.set(number, known);
  return known;
}

function read({ release, gates, absentGates, neededGates }: Minor): FeatureGates {
  return {
    gates: new Map(gates.flatMap(({ names, ...gate }) => names.map((name) => [name, gate] as const))),
    absent: absentGates,
    needed: neededGates,
    source: `https://github.com/kubernetes/kubernetes/blob/${release}/test/compatibility_lifecycle/reference/feature_list.md`,
  };
}
