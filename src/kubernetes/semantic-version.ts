import { goQuote } from "../go/quote.ts";

/**
 * A version as k8s.io/apimachinery parses semantic versions; build metadata is dropped, since comparisons ignore it.
 */
export interface SemanticVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** "alpha.1", "rc.0"; empty for a release. */
  readonly preRelease: string;
}

/** A version, or what is wrong with the text, in apimachinery's words. */
export type VersionReading = { readonly version: SemanticVersion } | { readonly problem: string };

const form = /^[\t\n\f\r ]*v?(\d+(?:\.\d+)*)([^\n]*)$/;
const extraForm = /^(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?[\t\n\f\r ]*$/;
/** Upstream's limit is that of 64 bits; in between, this program would calculate with another number. */
const largest = BigInt(Number.MAX_SAFE_INTEGER);

export function readSemanticVersion(text: string): VersionReading {
  const [found, numbers = "", extra = ""] = form.exec(text) ?? [];
  if (found === undefined) return { problem: `could not parse ${goQuote(text)} as version` };
  const parts = numbers.split(".");
  const [major = "", minor = "", patch = ""] = parts;
  if (parts.length !== 3) return { problem: `illegal version string ${goQuote(text)}` };
  const component = parts.map((part) => componentProblem(part, text)).find((problem) => problem !== undefined);
  if (component !== undefined) return { problem: component };
  const extraParts = extraForm.exec(extra);
  if (extraParts === null) {
    return { problem: `could not parse pre-release/metadata (${extra}) in version ${goQuote(text)}` };
  }
  const [, preRelease = ""] = extraParts;
  const padded = preRelease.split(".").find((part) => /^0\d+$/.test(part));
  if (padded !== undefined) return { problem: paddingProblem(padded, text) };
  return { version: { major: Number(major), minor: Number(minor), patch: Number(patch), preRelease } };
}

function componentProblem(part: string, text: string): string | undefined {
  if (/^0\d/.test(part)) return paddingProblem(part, text);
  // A number of more digits than any that fits is not converted: that takes longer than linear time.
  if (part.length <= 20 && BigInt(part) <= largest) return undefined;
  const reason = `strconv.ParseUint: parsing ${goQuote(part)}: value out of range`;
  return `illegal non-numeric version component ${goQuote(part)} in ${goQuote(text)}: ${reason}`;
}

function paddingProblem(part: string, text: string): string {
  return `illegal zero-prefixed version component ${goQuote(part)} in ${goQuote(text)}`;
}

export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  const reading = readSemanticVersion(text);
  return "version" in reading ? reading.version : undefined;
}

export function versionText({ major, minor, patch, preRelease }: SemanticVersion): string {
  return `${major}.${minor}.${patch}${preRelease === "" ? "" : `-${preRelease}`}`;
}

/** Returns a version as the tags of Kubernetes' images have it. */
export function withLeadingV(text: string): string {
  return text.replace(/^(?=\d)/, "v");
}

/**
 * Returns a negative number if `a` is older than `b`, 0 if they are equal. The order is that of semver.org with one
 * exception, same as in apimachinery: a number and a word are compared as strings, so that 2 is newer than 1b.
 */
export function compareVersions(a: SemanticVersion, b: SemanticVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch || comparePreReleases(a.preRelease, b.preRelease);
}

function comparePreReleases(a: string, b: string): number {
  if (a === b) return 0;
  // A release is newer than all of its pre-releases.
  if (a === "") return 1;
  if (b === "") return -1;
  const [left, right] = [a.split("."), b.split(".")];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const order = compareIdentifiers(left[index] ?? "", right[index] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareIdentifiers(a: string, b: string): number {
  // Numbers have no leading zeros here: the longer one is greater.
  if (/^\d+$/.test(a) && /^\d+$/.test(b) && a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
