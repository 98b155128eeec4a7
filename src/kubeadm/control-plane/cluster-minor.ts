import { parseSemanticVersion } from "../../kubernetes/semantic-version.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { kubernetesMinor } from "../version.ts";

/** The cluster's minor version, by which its control planes' Pods differ; this program's own where it has no version. */
export function minorOf({ kubernetesVersion }: Pick<ClusterConfiguration, "kubernetesVersion">): number {
  return parseSemanticVersion(kubernetesVersion)?.minor ?? kubernetesMinor;
}
