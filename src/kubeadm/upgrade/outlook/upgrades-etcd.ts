import { anyOf, orElse } from "../../../async/or-else.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import type { ClusterConfiguration } from "../../config/cluster/cluster-configuration.ts";
import { readManifestContainer } from "../../control-plane/component-endpoints.ts";
import { etcdVersions } from "../etcd/etcd-versions.ts";

/**
 * Reports whether an upgrade replaces the etcd of this machine, unless that is not wanted. It leaves one that is newer
 * than what the cluster's new version comes with. One whose version is not known is not left: the upgrade fails there.
 */
export async function upgradesEtcd(
  cluster: Pick<ClusterConfiguration, "etcd" | "kubernetesVersion">,
  files: Pick<Files, "readText">,
): Promise<boolean> {
  if (!("local" in cluster.etcd)) return false;
  return orElse(true, anyOf(FileError, isKubeadmError), async () => {
    const { image } = await readManifestContainer("etcd", files);
    return etcdVersions(cluster, image).change !== "older";
  });
}
