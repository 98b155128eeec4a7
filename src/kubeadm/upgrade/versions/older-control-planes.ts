import { type PodObject, pods } from "../../../cluster/resources.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { imageTag, versionOfTag } from "../../../kubernetes/image-name.ts";
import { compareVersions, parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import { type ClusterWritePorts, persistently } from "../../cluster-objects/write-objects.ts";
import { componentImage } from "../../images/control-plane-images.ts";

/** What an API server of the new version runs, and which of them is this machine's. */
export interface UpgradedControlPlane {
  readonly cluster: Parameters<typeof componentImage>[0];
  /** The Node of this machine. */
  readonly nodeName: string;
  /** Counts this machine's API server as upgraded, whatever it is. */
  readonly assumesOwn: boolean;
}

const component = "kube-apiserver";
const context = "failed to determine whether all the control plane instances have been upgraded";

/**
 * Returns the Nodes whose API servers are older than the cluster's new version, sorted, this machine's included: its
 * upgrade may have been skipped. Versions are compared, not the images' names as upstream does: a registry or digest of
 * its own makes no API server older.
 */
export async function olderControlPlanes(
  { cluster, nodeName, assumesOwn }: UpgradedControlPlane,
  ports: ClusterWritePorts,
): Promise<readonly string[]> {
  const words = {
    what: "Pods of the API servers",
    context: () => `${context}: failed to list kube-apiserver Pod from cluster`,
  };
  const labelSelector = `component=${component},tier=control-plane`;
  const options = { namespace: systemNamespace, labelSelector };
  const found = await persistently(words, ports, (client, signal) => client.list(pods, { ...options, signal }));
  if (found.length === 0) {
    throw new KubeadmError(
      "CLUSTER_READ_FAILED",
      `${context}: cannot find kube-apiserver Pod by label selector: ${labelSelector}`,
      {
        remedy:
          "The mirror Pods of the API servers are missing in the cluster: check the kubelets of the control planes (`journalctl -u kubelet`), then run the phase addon again.",
      },
    );
  }
  const image = componentImage(cluster, component);
  const older = found.filter((pod) => {
    const isOwn = pod.spec?.nodeName === nodeName;
    return !(isOwn && assumesOwn) && isOlder(pod, image, isOwn);
  });
  return [...new Set(older.map(({ spec, metadata }) => spec?.nodeName ?? metadata?.name ?? ""))].sort();
}

/**
 * An image whose tag is no version, such as one with a digest only, is upgraded if it is the same. On this machine it is
 * what a patch of the upgrade has set.
 */
function isOlder({ spec }: PodObject, image: string, isOwn: boolean): boolean {
  const present = spec?.containers?.find(({ name }) => name === component)?.image ?? "";
  const [version, wanted] = [present, image].map((each) => parseSemanticVersion(versionOfTag(imageTag(each))));
  if (version === undefined || wanted === undefined) return !isOwn && present !== image;
  return compareVersions(version, wanted) < 0;
}
