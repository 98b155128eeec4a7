import { goQuote } from "../../go/quote.ts";
import { compareVersions, readSemanticVersion, versionText } from "../../kubernetes/semantic-version.ts";
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
      const [mine, theirs] = [readSemanticVersion(kubeadmVersion), readSemanticVersion(kubernetesVersion)];
      if ("problem" in mine) return unparsable("kubeadm", kubeadmVersion, mine.problem);
      if ("problem" in theirs) return unparsable("Kubernetes", kubernetesVersion, theirs.problem);
      const [own, cluster] = [mine.version, theirs.version];
      const firstUnsupported = { major: own.major, minor: own.minor + 1, patch: 0, preRelease: "0" };
      if (compareVersions(cluster, firstUnsupported) < 0) return passed;
      return problem(
        "Kubernetes version is greater than kubeadm version. Please consider to upgrade kubeadm. " +
          `Kubernetes version: ${versionText(cluster)}. Kubeadm version: ${own.major}.${own.minor}.x`,
      );
    },
  };
}

function unparsable(of: string, version: string, reason: string) {
  return problem(`couldn't parse ${of} version ${goQuote(version)}: ${reason}`, { severity: "error" });
}
