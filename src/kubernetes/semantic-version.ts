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

const number = "0|[1-9]\\d*";
/** For a pre-release: a number without leading zeros, or an identifier with a letter or a hyphen. */
const identifier = `(?:${number}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const form = new RegExp(
  `^v?(${number})\\.(${number})\\.(${number})(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);

export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  const match = form.exec(text.trim());
  if (match === null) return undefined;
  const [, major, minor, patch, preRelease = ""] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), preRelease };
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
