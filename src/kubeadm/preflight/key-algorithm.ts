import { readSemanticVersion } from "../../kubernetes/semantic-version.ts";
import type { Check, Problem } from "./check.ts";

export interface KeysToCheck {
  /** The cluster's version, "v1.38.0". */
  readonly kubernetesVersion: string;
  readonly encryptionAlgorithm: string;
  readonly etcd: { readonly kind: "local" | "external" };
}

/** The first minor version whose components are built with a Go that has ML-DSA, which is 1.27. */
const firstWithMlDsa = 38;

/**
 * The components must be able to read the keys that they get. Without this check, they would exit while `init` waits for
 * them, as they do with upstream. No check for RSA and ECDSA, which all versions read.
 */
export function keyAlgorithmChecks(keys: KeysToCheck): readonly Check[] {
  if (!keys.encryptionAlgorithm.startsWith("ML-DSA-")) return [];
  return [{ name: "KeyAlgorithm", severity: "error", run: async () => ({ problems: problemsOf(keys) }) }];
}

function problemsOf({ kubernetesVersion, encryptionAlgorithm, etcd }: KeysToCheck): readonly Problem[] {
  const problems: Problem[] = [];
  const read = readSemanticVersion(kubernetesVersion);
  // Another check reports a version that cannot be read.
  if ("version" in read && read.version.minor < firstWithMlDsa) {
    problems.push({
      message: `the control plane of Kubernetes ${kubernetesVersion} cannot read ${encryptionAlgorithm} keys: tls: failed to parse private key`,
      remedy: "Set kubernetesVersion to v1.38.0 or later, or another encryptionAlgorithm.",
    });
  }
  if (etcd.kind === "local") {
    problems.push({
      severity: "warning",
      message: `etcd can read ${encryptionAlgorithm} keys only if it was built with Go 1.27 or later`,
      remedy:
        "`etcd --version` in its image prints the version of Go. Set such an image in etcd.local, use an external etcd, or set another encryptionAlgorithm.",
    });
  }
  return problems;
}
