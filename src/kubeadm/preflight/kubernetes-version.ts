import { goQuote } from "../../go/quote.ts";
import { compareVersions, parseSemanticVersion, versionText } from "../../kubernetes/semantic-version.ts";
import { type Check, passed, problem } from "./check.ts";

export interface VersionsToCompare {
  /** The cluster's version, "v1.37.2". */
  readonly kubernetesVersion: string;
  readonly kubeadmVersion: string;
}

/** The cluster's minor version should not be newer than this program's, pre-releases included. */
export function kubernetesVersionCheck({ kubernetesVersion, kubeadmVersion }: VersionsToCompare): Check {
  return {
    name: "KubernetesVersion",
    severity: "warning",
    run: async () => {
      const own = parseSemanticVersion(kubeadmVersion);
      const cluster = parseSemanticVersion(kubernetesVersion);
      if (own === undefined) return unparsable("kubeadm", kubeadmVersion);
      if (cluster === undefined) return unparsable("Kubernetes", kubernetesVersion);
      const firstUnsupported = { major: own.major, minor: own.minor + 1, patch: 0, preRelease: "0" };
      if (compareVersions(cluster, firstUnsupported) < 0) return passed;
      return problem(
        "Kubernetes version is greater than kubeadm version. Please consider to upgrade kubeadm. " +
          `Kubernetes version: ${versionText(cluster)}. Kubeadm version: ${own.major}.${own.minor}.x`,
      );
    },
  };
}

function unparsable(of: string, version: string) {
  const reason = `could not parse ${goQuote(version)} as version`;
  return problem(`couldn't parse ${of} version ${goQuote(version)}: ${reason}`, { severity: "error" });
}
