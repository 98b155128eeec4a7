import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { imageTag } from "../../../kubernetes/image-name.ts";
import { compareVersions, parseSemanticVersion, type SemanticVersion } from "../../../kubernetes/semantic-version.ts";
import type { ClusterConfiguration } from "../../config/cluster/cluster-configuration.ts";
import { etcdTagOf } from "../../images/control-plane-images.ts";

/** "older": the version that the configuration wants is older than the one that runs, so that etcd is left alone. */
export type EtcdVersionChange = "older" | "equal" | "newer";

export interface EtcdVersions {
  readonly desired: string;
  readonly current: string;
  readonly change: EtcdVersionChange;
}

/** Compares the etcd that a cluster's version wants with the one of an image. Throws CONFIG_INVALID, MANIFEST_INVALID. */
export function etcdVersions(
  cluster: Pick<ClusterConfiguration, "etcd" | "kubernetesVersion">,
  currentImage: string,
): EtcdVersions {
  const desired = etcdTagOf(cluster) ?? "";
  const current = imageTag(currentImage);
  const order = compareVersions(
    parsed(desired, () => {
      throw new KubeadmError("CONFIG_INVALID", `failed to parse tag ${goQuote(desired)} as a semantic version`, {
        remedy:
          "Set etcd.local.imageTag in the ClusterConfiguration of the ConfigMap kubeadm-config to a tag that is a version, for example 3.7.0-0, or remove it.",
      });
    }),
    parsed(current, () => {
      throw new KubeadmError(
        "MANIFEST_INVALID",
        `failed to retrieve the current etcd version: the image ${goQuote(currentImage)} of etcd's static Pod has no version tag`,
        {
          remedy:
            "Use the version as the tag of the image, or upgrade without etcd (--etcd-upgrade=false) and upgrade etcd manually.",
        },
      );
    }),
  );
  return { desired, current, change: order === 0 ? "equal" : order < 0 ? "older" : "newer" };
}

function parsed(tag: string, refuse: () => never): SemanticVersion {
  return parseSemanticVersion(tag) ?? refuse();
}

/** Reports whether two versions are of the same release of etcd, whatever follows it: 3.7.0 and 3.7.0-0 are. */
export function isSameRelease(left: string, right: string): boolean {
  const [one, other] = [parseSemanticVersion(left), parseSemanticVersion(right)];
  if (one === undefined || other === undefined) return false;
  return compareVersions({ ...one, preRelease: "" }, { ...other, preRelease: "" }) === 0;
}
