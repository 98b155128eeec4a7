import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { restoreStaticPod } from "../control-plane/replace-static-pod.ts";
import { dataCopyOf, discardCopy, type EtcdDataCopy, warnOfReplaced } from "./etcd-data-copy.ts";
import type { EtcdUpgrade, EtcdUpgradePorts } from "./etcd-upgrade-types.ts";
import { readMember } from "./member-in-manifest.ts";
import { awaitOwnMember } from "./own-member.ts";

/**
 * Restores the etcd that an interrupted attempt has stopped to copy its data, if etcd is not upgraded now. Does nothing
 * if the manifest is there, or etcd is external. Throws MANIFEST_MISSING if etcd cannot be restored: the API server works
 * only with it.
 */
export async function restoreMissingEtcd(
  { node, directories }: Pick<EtcdUpgrade, "node" | "directories">,
  ports: EtcdUpgradePorts,
): Promise<void> {
  const path = manifestPath("etcd");
  const { files, events } = ports;
  if (!("local" in node.cluster.etcd) || (await files.status(path)) !== undefined) return;
  const backupPath = `${directories.oldManifests}/etcd.yaml`;
  if ((await files.status(backupPath)) === undefined) throw notRestorable("this upgrade has no copy of it");
  const member = await readMember(directories.oldManifests, files);
  const data = dataCopyOf(member, directories.etcd, ports);
  if ((await data?.hasAny()) === false) throw notRestorable(`${member.dataDirectory} has no data of etcd`);
  const timeoutMs = node.timeouts.upgradeManifests;
  const awaitMember = awaitOwnMember({ node, member }, ports);
  const change = { component: "etcd", backupPath } as const;
  await restoreStaticPod(change, { timeoutMs, ...whileStopped(data), becomesHealthy: async () => undefined }, ports);
  events.emit("upgrade.etcd.waiting", { isPrevious: true });
  await awaitMember(timeoutMs);
  events.emit("upgrade.etcd.restored", {});
  if (data === undefined) return;
  await discardCopy(data, events);
  await warnOfReplaced(data, events);
}

/** A rollback may have been interrupted: only the copy is data that the previous etcd can use then. */
function whileStopped(data: EtcdDataCopy | undefined): { readonly whileStopped?: () => Promise<void> } {
  if (data === undefined) return {};
  return {
    whileStopped: async () => {
      if (await data.exists()) await data.restore();
    },
  };
}

function notRestorable(reason: string): KubeadmError {
  const path = manifestPath("etcd");
  return new KubeadmError("MANIFEST_MISSING", `etcd is stopped: ${path} does not exist, and ${reason}`, {
    details: { path },
    remedy: `Copy etcd.yaml back to ${path} from the newest directory /etc/kubernetes/tmp/kubeadm-backup-manifests-*. If a directory member.kubeadm-restoring is beside the data of etcd, it is the data for that manifest: first move \`member\` away, and rename the directory to \`member\`. Then run the same command again.`,
  });
}
