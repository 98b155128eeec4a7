import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { readSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { ciPrefix } from "../../config/cluster/cluster-configuration.ts";
import type { ReleaseLabels } from "../../releases/release-labels.ts";

/** A release of Kubernetes, as a ClusterConfiguration names it. */
export interface TargetRelease {
  /** With a leading v. */
  readonly kubernetesVersion: string;
  readonly isCi: boolean;
}

/** Returns the release that a version or a label such as `stable` stands for. Upstream writes labels into manifests. */
export async function targetRelease(requested: string, labels: Pick<ReleaseLabels, "resolve">): Promise<TargetRelease> {
  const kubernetesVersion = await labels.resolve(requested);
  const reading = readSemanticVersion(kubernetesVersion);
  if ("version" in reading) return { kubernetesVersion, isCi: requested.startsWith(ciPrefix) };
  const message = `couldn't parse Kubernetes version ${goQuote(kubernetesVersion)}: ${reading.problem}`;
  throw new KubeadmError("RELEASE_UNKNOWN", message);
}
