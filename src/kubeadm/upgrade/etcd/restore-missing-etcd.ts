import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { StaticPodReplacement } from "../../control-plane/replacement/replace-static-pod.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { dataCopyOf, discardCopy, warnOfReplaced } from "./etcd-data-copy.ts";
import type { EtcdUpgrade, EtcdUpgradePorts } from "./etcd-upgrade-types.ts";
import { readMember } from "./member-in-manifest.ts";
import { awaitOwnMember } from "./own-member.ts";
import { goBack } from "./roll-back-etcd.ts";

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
  const { files, events, clock } = ports;
  if (!("local" in node.cluster.etcd) || (await files.status(path)) !== undefined) return;
  const backupPath = `${directories.oldManifests}/etcd.yaml`;
  if ((await files.status(backupPath)) === undefined) throw notRestorable("this upgrade has no copy of it");
  const member = await readMember(directories.oldManifests, files);
  const data = dataCopyOf(member, directories.etcd, ports);
  if ((await data?.state()) === "none") throw notRestorable(`${member.dataDirectory} has no data of etcd`);
  const timeoutMs = node.timeouts.upgradeManifests;
  const manifest = await files.readText(backupPath);
  const change = { component: "etcd", manifest, backupPath, found: "away", since: clock.now() } as const;
  // A rollback may have been interrupted: only the copy is data that the previous etcd can use then.
  const whileStopped = async () => {
    if ((await data?.exists()) === true) await data?.restore();
  };
  const becomesHealthy = awaitOwnMember({ node, member }, ports);
  const steps = { timeoutMs, becomesHealthy, ...(data === undefined ? {} : { whileStopped }) };
  await goBack(new StaticPodReplacement(change), steps, ports);
  await discardCopy(data, events);
  await warnOfReplaced(data, events);
}

function notRestorable(reason: string): KubeadmError {
  const path = manifestPath("etcd");
  return new KubeadmError("MANIFEST_MISSING", `etcd is stopped: ${path} does not exist, and ${reason}`, {
    details: { path },
    remedy: `Copy etcd.yaml back to ${path} from the newest directory /etc/kubernetes/tmp/kubeadm-backup-manifests-*. If the directory of etcd's data also contains member.kubeadm-restoring, that is the data for this manifest: first move \`member\` away, and rename the directory to \`member\`. Then run the same command again.`,
  });
}
