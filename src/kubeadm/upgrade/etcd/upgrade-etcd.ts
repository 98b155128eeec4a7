import { throwIfAborted } from "../../../async/signal.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { defined } from "../../../values/defined.ts";
import type { LocalEtcd } from "../../config/cluster/cluster-configuration.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import { manifestPath, patchedPod } from "../../control-plane/write-manifest.ts";
import { answerMs } from "../../etcd/etcd-health.ts";
import { awaitSettled } from "../control-plane/await-settled.ts";
import { awaitNoSandbox } from "../control-plane/put-manifest.ts";
import { replaceStaticPod } from "../control-plane/replace-static-pod.ts";
import { findChange, type StaticPodChange } from "../control-plane/static-pod-change.ts";
import { servedVersion } from "./await-member.ts";
import { dataCopyOf, discardCopy, warnOfReplaced } from "./etcd-data-copy.ts";
import type { EtcdUpgrade, EtcdUpgradePorts, UpgradedEtcd } from "./etcd-upgrade-types.ts";
import { type EtcdVersions, etcdVersions, isSameRelease } from "./etcd-versions.ts";
import { type MemberInManifest, readMember } from "./member-in-manifest.ts";
import { awaitOwnMember, withOwnClient } from "./own-member.ts";
import { type EtcdUpgradeBasis, forgetBasis, prepareEtcdUpgrade, readBasis } from "./prepare-etcd-upgrade.ts";
import { restoreMissingEtcd } from "./restore-missing-etcd.ts";
import { restoreEtcdCertificates, rollBackEtcd } from "./roll-back-etcd.ts";
import { transferLeadership } from "./transfer-leadership.ts";

/**
 * Upgrades the etcd member of this machine; does nothing if etcd is external. Saves a snapshot before. If the new etcd
 * does not work, or does not keep running, the previous one is restored with its certificates and, if it is the only member,
 * with its data, and is seen to work. In a cluster of several members the data stays: a member with older data than it had
 * would break their agreement. An interruption restores nothing: the same run resumes. Throws
 * ETCD_UNHEALTHY, UPGRADE_BACKUP_FAILED, UPGRADE_ETCD_FAILED, UPGRADE_ROLLBACK_FAILED.
 */
export async function upgradeEtcd(upgrade: EtcdUpgrade, ports: EtcdUpgradePorts): Promise<UpgradedEtcd> {
  const { etcd: etcdConfiguration } = upgrade.node.cluster;
  if (!("local" in etcdConfiguration)) return unchanged;
  const { local } = etcdConfiguration;
  const member = await readMember(upgrade.directories.oldManifests, ports.files);
  const versions = etcdVersions(upgrade.node.cluster, member.image);
  if (versions.change === "older") {
    await restoreMissingEtcd(upgrade, ports);
    ports.events.emit("upgrade.etcd.skipped", { desired: versions.desired, installed: versions.current });
    return unchanged;
  }
  requireSameData(local, member);
  ports.events.emit("upgrade.static-pod.preparing", { component: "etcd" });
  const pod = patchedPod("etcd", etcdPod(upgrade.node, local), upgrade.patches, ports.events);
  // Whichever Pod an interrupted attempt has stopped, what runs afterwards is from a manifest of this one.
  const { upgradeManifests } = upgrade.node.timeouts;
  if (member.isStopped) await awaitNoSandbox({ component: "etcd", timeoutMs: upgradeManifests }, ports);
  const desired = { component: "etcd", pod, backupDirectory: upgrade.directories.oldManifests } as const;
  const change = await findChange(desired, ports);
  if (change === undefined) {
    await renewOnly(upgrade, member, ports);
    return unchanged;
  }
  const path = `${upgrade.directories.upgradedManifests}/etcd.yaml`;
  await ports.files.write(path, change.manifest, { mode: 0o600, secret: true });
  return replaceMember({ upgrade, change, member, versions }, ports);
}

const unchanged: UpgradedEtcd = { settle: async () => undefined };

/** In another directory the new etcd would find no data, and found another cluster. */
function requireSameData({ dataDir }: LocalEtcd, { dataDirectory }: MemberInManifest): void {
  if (dataDirectory === undefined || withoutSlash(dataDirectory) === withoutSlash(dataDir)) return;
  const path = manifestPath("etcd");
  throw new KubeadmError(
    "CONFIG_INVALID",
    `etcd.local.dataDir of the ClusterConfiguration is ${goQuote(dataDir)}, but the data of etcd is in ${goQuote(dataDirectory)}, according to ${path}`,
    {
      details: { path, dataDirectory, configured: dataDir },
      remedy: `Set etcd.local.dataDir to ${dataDirectory} in the ConfigMap kubeadm-config (\`kubectl -n kube-system edit configmap kubeadm-config\`).`,
    },
  );
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

/** etcd reads its certificates for each new connection, so it continues with renewed ones without a restart. */
async function renewOnly(upgrade: EtcdUpgrade, member: MemberInManifest, ports: EtcdUpgradePorts): Promise<void> {
  ports.events.emit("upgrade.static-pod.equal", { component: "etcd" });
  if (!upgrade.apiServerChanges) return;
  const { node, certificates, directories } = upgrade;
  const timeoutMs = node.timeouts.upgradeManifests;
  await certificates.prepare();
  const awaitOwn = awaitOwnMember({ node, member }, ports);
  await awaitOwn(timeoutMs);
  try {
    await certificates.renew();
    await awaitOwn(timeoutMs);
  } catch (error) {
    throwIfAborted(ports.signal);
    throw await restoreEtcdCertificates({ error, certificates, directories, timeoutMs, awaitMember: awaitOwn }, ports);
  }
}

interface Replacement {
  readonly upgrade: EtcdUpgrade;
  readonly change: StaticPodChange;
  readonly member: MemberInManifest;
  readonly versions: EtcdVersions;
}

async function replaceMember(replacement: Replacement, ports: EtcdUpgradePorts): Promise<UpgradedEtcd> {
  const { upgrade, change, member, versions } = replacement;
  const { node, certificates, directories } = upgrade;
  const timeoutMs = node.timeouts.upgradeManifests;
  await certificates.prepare();
  const data = dataCopyOf(member, directories.etcd, ports);
  // An interrupted attempt has checked and saved everything; etcd may be stopped since.
  const isBegun = change.isInPlace || member.isStopped;
  const preparing = { node, member, versions, data, directory: directories.etcd };
  const basis = isBegun ? await readBasis(directories.etcd, ports) : await prepareEtcdUpgrade(preparing, ports);
  const settle = async () => {
    await forgetBasis(directories.etcd, ports.files);
    if (data === undefined) return;
    await discardCopy(data, ports.events);
    await warnOfReplaced(data, ports.events);
  };
  const isServing = change.isInPlace && (await servesAsDesired(replacement, basis, ports));
  const copy = basis?.copiesData === true ? data : undefined;
  // The new etcd may have served since it was put in place: then the copy lacks what was written to it.
  const isStale = change.isInPlace && basis !== undefined && basis.ageMs > timeoutMs;
  const awaitOwn = awaitOwnMember({ node, member }, ports);
  const since = ports.clock.now();
  let isTouched = isBegun;
  const renew = async () => {
    await certificates.renew();
    isTouched = true;
  };
  const beforeEnd = async () => {
    // What the API server of this machine writes while the leadership moves would fail.
    await upgrade.stopServing();
    await transferLeadership({ node, member }, ports);
  };
  try {
    if (isServing) ports.events.emit("upgrade.static-pod.upgraded", { component: "etcd" });
    else {
      const whileStopped = copy === undefined ? {} : { whileStopped: () => copy.make({ keeps: member.isStopped }) };
      const steps = {
        ...{ timeoutMs, prepare: renew, beforeEnd, ...whileStopped },
        becomesHealthy: async () => undefined,
      };
      await replaceStaticPod(change, steps, ports);
      ports.events.emit("upgrade.etcd.waiting", { isPrevious: false });
      await awaitOwn(timeoutMs);
    }
    // Once the API server is replaced, too, the previous etcd does not come back.
    await awaitSettled({ component: "etcd", since, timeoutMs, becomesHealthy: awaitOwn }, ports);
  } catch (error) {
    throwIfAborted(ports.signal);
    if (basis === undefined) throw error;
    const failure = { error, change, member, certificates, directories, isTouched, isStale, ...basis };
    throw await rollBackEtcd({ ...failure, ...defined({ data }), timeoutMs, awaitMember: awaitOwn }, ports);
  }
  return { settle };
}

/**
 * Reports whether the member of this machine serves the new version, which no Pod of the previous one does. If the basis is
 * gone, the new etcd was seen to work before.
 */
async function servesAsDesired(
  { upgrade: { node }, member, versions: { desired } }: Replacement,
  basis: EtcdUpgradeBasis | undefined,
  ports: EtcdUpgradePorts,
): Promise<boolean> {
  if (basis !== undefined && isSameRelease(basis.previousVersion, desired)) return false;
  const options = { signal: ports.signal, timeoutMs: answerMs };
  const served = await withOwnClient({ node, member }, ports, (etcd, url) => servedVersion(etcd, url, options));
  return served !== undefined && isSameRelease(served, desired);
}
