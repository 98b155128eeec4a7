import { type Minor, nearestMinor } from "../../../kubernetes/minors/minors.ts";
import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import type { Fields } from "./objects.ts";

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
    goVersion: kubernetesMinor(version).go,
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

/** What is known of the minor version of a release such as `v1.37.2`. */
export function kubernetesMinor(version: string): Minor {
  return nearestMinor(Number(parseVersion(version).minor));
}
