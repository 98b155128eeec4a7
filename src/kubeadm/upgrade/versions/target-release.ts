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
  return { kubernetesVersion: await labels.resolve(requested), isCi: requested.startsWith(ciPrefix) };
}
