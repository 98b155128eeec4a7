import { throwIfAborted } from "../../../async/signal.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import type { LocalEtcd } from "../../config/cluster/cluster-configuration.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import { awaitNoSandbox } from "../../control-plane/replacement/end-pod.ts";
import { findChange } from "../../control-plane/replacement/find-change.ts";
import { StaticPodReplacement } from "../../control-plane/replacement/replace-static-pod.ts";
import { manifestPath, patchedPod } from "../../control-plane/write-manifest.ts";
import { answerMs } from "../../etcd/etcd-health.ts";
import { servedVersion } from "./await-member.ts";
import { dataCopyOf, discardCopy, warnOfReplaced } from "./etcd-data-copy.ts";
import type { EtcdUpgrade, EtcdUpgradePorts, UpgradedEtcd } from "./etcd-upgrade-types.ts";
import { etcdVersions, isSameRelease } from "./etcd-versions.ts";
import { type MemberInManifest, readMember } from "./member-in-manifest.ts";
import { awaitOwnMember, withOwnClient } from "./own-member.ts";
import {
  type EtcdUpgradeBasis,
  forgetBasis,
  type PreparedMember,
  prepareEtcdUpgrade,
  readBasis,
} from "./prepare-etcd-upgrade.ts";
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
  const change = await findChange("etcd", pod, upgrade.directories.oldManifests, ports);
  if (change === undefined) {
    await renewOnly(upgrade, member, ports);
    return unchanged;
  }
  // Whichever Pod an interrupted attempt has stopped, what runs afterwards is from a manifest of this one.
  const timeoutMs = upgrade.node.timeouts.upgradeManifests;
  if (change.found === "away") await awaitNoSandbox({ component: "etcd", timeoutMs }, ports);
  const path = `${upgrade.directories.upgradedManifests}/etcd.yaml`;
  await ports.files.write(path, change.manifest, { mode: 0o600, secret: true });
  return replaceMember(upgrade, new StaticPodReplacement(change), { member, versions }, ports);
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
  const { node, certificates } = upgrade;
  const timeoutMs = node.timeouts.upgradeManifests;
  await certificates.prepare(["etcd"]);
  const awaitMember = awaitOwnMember({ node, member }, ports);
  await awaitMember(timeoutMs);
  try {
    await certificates.renew("etcd");
    await awaitMember(timeoutMs);
  } catch (error) {
    throwIfAborted(ports.signal);
    throw await restoreEtcdCertificates({ error, upgrade, awaitMember }, ports);
  }
}

/**
 * Beside the states of `replacement.ts`, an attempt finds the basis on disk, which is written before anything changes
 * and removed when the API server works with the new etcd:
 *
 * | found              | basis          | what follows                                                                 |
 * |--------------------|----------------|------------------------------------------------------------------------------|
 * | placed, and serves | there, or none | it is accepted; if it does not keep running, as in the next rows             |
 * | placed             | none           | the new etcd is awaited; it worked before, and never goes back               |
 * | placed             | too old        | the new etcd is awaited; a failure restores nothing if there is a copy       |
 * | placed             | there          | the new etcd is awaited; a failure restores the previous one                 |
 * | away               | there          | it is replaced, with the copy of the data that there is                      |
 * | anything else      | is recreated   | health, a snapshot, then it is replaced; a failure restores the previous one |
 */
async function replaceMember(
  upgrade: EtcdUpgrade,
  replacement: StaticPodReplacement,
  known: Pick<PreparedMember, "member" | "versions">,
  ports: EtcdUpgradePorts,
): Promise<UpgradedEtcd> {
  const { node, certificates, directories } = upgrade;
  const { found } = replacement.change;
  const timeoutMs = node.timeouts.upgradeManifests;
  await certificates.prepare(["etcd"]);
  const data = dataCopyOf(known.member, directories.etcd, ports);
  const own = { ...known, node, data, directory: directories.etcd };
  const basis = await (replacement.isTouched ? readBasis(directories.etcd, ports) : prepareEtcdUpgrade(own, ports));
  const isServing = found === "placed" && (await servesAsDesired(own, basis, ports));
  const awaitMember = awaitOwnMember(own, ports);
  const since = ports.clock.now();
  const copy = basis?.copiesData === true ? data : undefined;
  const copying = copy === undefined ? {} : { whileStopped: () => copy.make({ keeps: found === "away" }) };
  const steps = {
    timeoutMs,
    prepare: () => certificates.renew("etcd"),
    beforeEnd: async () => {
      // What the API server of this machine writes while the leadership moves would fail.
      await upgrade.stopServing();
      await transferLeadership(own, ports);
    },
    ...copying,
    becomesHealthy: async () => undefined,
  };
  try {
    if (isServing) replacement.accept(ports);
    else {
      await replacement.begin(steps, ports);
      await replacement.finish(steps, ports);
      ports.events.emit("upgrade.etcd.waiting", { isPrevious: false });
      await awaitMember(timeoutMs);
    }
    // Once the API server is replaced, too, the previous etcd is not restored.
    await replacement.settle(since, { ...steps, becomesHealthy: awaitMember }, ports);
  } catch (error) {
    throwIfAborted(ports.signal);
    if (basis === undefined) throw error;
    throw await rollBackEtcd({ error, upgrade, replacement, member: known.member, data, basis, awaitMember }, ports);
  }
  const settle = async () => {
    await forgetBasis(directories.etcd, ports.files);
    await discardCopy(data, ports.events);
    await warnOfReplaced(data, ports.events);
  };
  return { settle };
}

/** Reports whether the member of this machine serves the new version, which no Pod of the previous one does. */
async function servesAsDesired(
  own: PreparedMember,
  basis: EtcdUpgradeBasis | undefined,
  ports: EtcdUpgradePorts,
): Promise<boolean> {
  const { desired } = own.versions;
  if (basis !== undefined && isSameRelease(basis.previousVersion, desired)) return false;
  const options = { signal: ports.signal, timeoutMs: answerMs };
  const served = await withOwnClient(own, ports, (etcd, url) => servedVersion(etcd, url, options));
  return served !== undefined && isSameRelease(served, desired);
}
