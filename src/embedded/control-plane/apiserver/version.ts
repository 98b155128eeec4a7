import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import type { Fields } from "./objects.ts";

/**
 * Go releases that upstream built its minor versions with; only the major and minor version of Kubernetes matter to
 * clients.
 */
const goVersions: Readonly<Record<string, string>> = {
  "34": "go1.24.6",
  "35": "go1.25.5",
  "36": "go1.26.2",
  "37": "go1.26.8",
};

/** The document at /version for a release such as `v1.37.2`. */
export function versionInfo(version: string): Fields {
  const { major, minor } = parseVersion(version);
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: version,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: goVersions[minor] ?? "go1.26.8",
    compiler: "gc",
    platform: "linux/amd64",
  };
}

/** Major and minor of a release such as `v1.37.2`. */
export function parseVersion(version: string): { readonly major: string; readonly minor: string } {
  const parsed = version.startsWith("v") ? parseSemanticVersion(version) : undefined;
  if (parsed === undefined) throw new Error(`not a Kubernetes version: ${version}`);
  return { major: String(parsed.major), minor: String(parsed.minor) };
}
