import { parseSemanticVersion } from "../semantic-version.ts";
import { type KubeadmRules, rules } from "./by-hand.ts";
import { minors } from "./gen/index.ts";
import type { MinorData } from "./minor-data.ts";
import { ownRelease } from "./releases.ts";

/** What this program knows of a minor version of Kubernetes. */
export interface Minor extends MinorData {
  /** 37 for 1.37. */
  readonly number: number;
  readonly rules: KubeadmRules;
}

const known: readonly Minor[] = minors.map((data) => {
  const number = minorOf(data.release);
  return { ...data, number, rules: rulesOf(number) };
});

function rulesOf(minor: number): KubeadmRules {
  const held = Object.entries(rules).map(([name, { first = 0, last = Number.POSITIVE_INFINITY }]) => {
    return [name, minor >= first && minor <= last] as const;
  });
  return Object.fromEntries(held) as Record<keyof KubeadmRules, boolean>;
}

function minorOf(release: string): number {
  const minor = parseSemanticVersion(release)?.minor;
  if (minor === undefined) throw new Error(`${release} is no release`);
  return minor;
}

/** The minor version of this program. */
export const ownMinor: Minor = nearestMinor(minorOf(ownRelease));

/** The oldest minor version that this program knows. */
export const oldestMinor: Minor = nearestMinor(0);

/** All that this program knows, oldest first. */
export function knownMinors(): readonly Minor[] {
  return known;
}

/** Returns the minor version of this number; undefined if this program does not know it. */
export function findMinor(number: number): Minor | undefined {
  return known.find((each) => each.number === number);
}

/** Returns the minor version of this number, or the one that is most like it: the newest for newer ones. */
export function nearestMinor(number: number): Minor {
  const [oldest, ...others] = known;
  if (oldest === undefined) throw new Error("this program knows no minor version");
  return [oldest, ...others].findLast((each) => each.number <= number) ?? oldest;
}
