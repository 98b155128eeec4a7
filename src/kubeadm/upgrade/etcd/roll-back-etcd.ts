import { throwIfAborted } from "../../../async/signal.ts";
import { lastResort, remedyBefore } from "../../../errors/decision.ts";
import { isKubeadmError, KubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import { PortError } from "../../../errors/port-error.ts";
import type { Events } from "../../../events/events.ts";
import { part, shell } from "../../../values/shell.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { etcdctlCommand } from "../../etcd/member-names.ts";
import { restoreStaticPod } from "../control-plane/replace-static-pod.ts";
import type { StaticPodChange, StaticPodPorts } from "../control-plane/static-pod-change.ts";
import { aboutNewManifest } from "../control-plane/upgrade-directories.ts";
import { discardCopy, type EtcdDataCopy, replacedText } from "./etcd-data-copy.ts";
import type { EtcdCertificates, EtcdUpgrade } from "./etcd-upgrade-types.ts";
import type { MemberInManifest } from "./member-in-manifest.ts";

/** An upgrade that has changed certificates at most. */
export interface FailedEtcdRenewal {
  readonly error: unknown;
  readonly certificates: EtcdCertificates;
  readonly directories: EtcdUpgrade["directories"];
  readonly timeoutMs: number;
  /** Waits until the member of this machine serves. */
  readonly awaitMember: (timeoutMs: number) => Promise<void>;
}

export interface FailedEtcdUpgrade extends FailedEtcdRenewal {
  readonly change: StaticPodChange;
  readonly member: MemberInManifest;
  readonly isOnlyMember: boolean;
  readonly copiesData: boolean;
  /** The manifest may have been changed: before that, only certificates have. */
  readonly isTouched: boolean;
  /** Undefined if the static Pod does not say where the data is. */
  readonly data?: EtcdDataCopy;
  /** The new etcd may have served for longer than one attempt lasts: the copy of the data is too old to be put back. */
  readonly isStale: boolean;
}

/** Restores the etcd from before the upgrade, and waits until it works. Returns the error of the upgrade. */
export async function rollBackEtcd(failed: FailedEtcdUpgrade, ports: StaticPodPorts): Promise<unknown> {
  const { error, certificates, isTouched, isStale, copiesData, data } = failed;
  if (isStale && copiesData && (await data?.exists()) === true) return tooOld(failed, data?.path ?? "");
  await restoreCertificates(certificates, ports.events);
  if (!isTouched) return error;
  ports.events.emit("upgrade.etcd.failed", { reason: messageOf(error) });
  let what: Restored;
  try {
    what = await restore(failed, ports);
  } catch (second) {
    throwIfAborted(ports.signal);
    if (!isFailure(second)) throw second;
    return notRestored(failed, second, (await data?.replaced()) ?? []);
  }
  return isFailure(error) ? restored(failed, what) : error;
}

/** Restores the certificates of an etcd that does not serve with renewed ones, and waits until it does. Returns the error. */
export async function restoreEtcdCertificates(failed: FailedEtcdRenewal, ports: StaticPodPorts): Promise<unknown> {
  const { error, certificates, directories, timeoutMs, awaitMember } = failed;
  ports.events.emit("upgrade.etcd.failed", { reason: messageOf(error) });
  await restoreCertificates(certificates, ports.events);
  const isDefect = !isFailure(error);
  try {
    await awaitMember(timeoutMs);
  } catch (second) {
    throwIfAborted(ports.signal);
    if (!isFailure(second)) throw second;
    const message = `etcd does not serve with its certificates from before the upgrade either: ${messageOf(second)}; the renewal had failed with: ${messageOf(error)}`;
    return new KubeadmError("UPGRADE_ROLLBACK_FAILED", message, {
      cause: causeOf(second),
      details: { ...detailsOf(second), backup: directories.etcd },
      remedy: `${remedyOf(second)}\`crictl ps -a --name etcd\` and \`crictl logs\` show why etcd does not serve. Then run the same command again.`,
    });
  }
  if (isDefect) return error;
  const message = `etcd does not serve with renewed certificates: ${messageOf(error)}`;
  return new KubeadmError("UPGRADE_ETCD_FAILED", message, {
    cause: causeOf(error),
    details: detailsOf(error),
    remedy: `etcd works again with the certificates from before the upgrade. ${remedyOf(error)}Then run the same command again.`,
  });
}

/** The renewed certificates are as good: that the old ones do not come back is no reason to leave etcd stopped. */
async function restoreCertificates(certificates: EtcdCertificates, events: Events): Promise<void> {
  try {
    await certificates.restore();
  } catch (error) {
    const message = `the certificates of etcd from before the upgrade are not restored: ${messageOf(error)}`;
    events.emit("warning", { area: "upgrade/etcd", message });
  }
}

/** Any other error is a defect of this program. */
function isFailure(error: unknown): boolean {
  return isKubeadmError(error) || error instanceof PortError;
}

interface Restored {
  readonly hasData: boolean;
  /** The data that copies have replaced. */
  readonly replaced: readonly string[];
}

async function restore(failed: FailedEtcdUpgrade, ports: StaticPodPorts): Promise<Restored> {
  const { change, copiesData, data, timeoutMs, awaitMember } = failed;
  const { events } = ports;
  const copy = copiesData && (await data?.exists()) === true ? data : undefined;
  if (copy === undefined) await data?.requireData();
  const whileStopped = copy === undefined ? {} : { whileStopped: () => restoreData(copy, events) };
  await restoreStaticPod(change, { timeoutMs, ...whileStopped, becomesHealthy: async () => undefined }, ports);
  events.emit("upgrade.etcd.waiting", { isPrevious: true });
  await awaitMember(timeoutMs);
  events.emit("upgrade.etcd.restored", {});
  if (data !== undefined) await discardCopy(data, events);
  return { hasData: copy !== undefined, replaced: (await data?.replaced()) ?? [] };
}

async function restoreData(data: EtcdDataCopy, events: Events): Promise<void> {
  events.emit("upgrade.etcd.data.restoring", {});
  await data.restore();
  events.emit("upgrade.etcd.data.restored", {});
}

function restored({ error, change, directories }: FailedEtcdUpgrade, { hasData, replaced }: Restored): KubeadmError {
  const parts = hasData ? "manifest, certificates and data" : "manifest and certificates";
  const message = "fatal error when trying to upgrade the etcd cluster, rolled the state back to pre-upgrade state";
  return new KubeadmError("UPGRADE_ETCD_FAILED", `${message}: ${messageOf(error)}`, {
    cause: causeOf(error),
    details: { ...detailsOf(error), backup: directories.etcd, manifest: change.backupPath, replaced },
    remedy: `etcd works again with the ${parts} from before the upgrade. ${aboutNewManifest(remedyOf(error), "etcd", directories)}Then run the same command again. The snapshot in ${directories.etcd} is from before the upgrade.${sentence(replacedText(replaced))}`,
  });
}

/** Nothing is restored: the previous etcd does not start with the data of the new one. */
function tooOld({ error, member, directories, change }: FailedEtcdUpgrade, copy: string): KubeadmError {
  const dataDirectory = member.dataDirectory ?? "/var/lib/etcd";
  const message = `the new etcd does not serve, and the previous one is not restored, because the new one may have stored data since an earlier attempt: ${messageOf(error)}`;
  return new KubeadmError("UPGRADE_ROLLBACK_FAILED", message, {
    cause: causeOf(error),
    details: { ...detailsOf(error), backup: directories.etcd, manifest: change.backupPath, copy },
    remedy: remedyBefore(`${remedyOf(error)}Then run the same command again.`, {
      id: "previous-etcd-data",
      proof: { decided: "what etcd has stored since the first attempt is not needed" },
      act: `move ${manifestPath("etcd")} away, wait until etcd has ended, rename ${dataDirectory}/member, copy ${copy} there with \`cp -a\`, and copy ${change.backupPath} to ${manifestPath("etcd")}`,
      lost: "what was stored since then",
    }),
  });
}

function notRestored(failed: FailedEtcdUpgrade, second: unknown, replaced: readonly string[]): KubeadmError {
  const { error, directories, change } = failed;
  const message = `fatal error rolling back local etcd cluster manifest, the backup of etcd database is stored here:(${directories.etcd})`;
  const context = `${message}: ${messageOf(second)}; the upgrade had failed with: ${messageOf(error)}`;
  return new KubeadmError("UPGRADE_ROLLBACK_FAILED", context, {
    cause: causeOf(second),
    details: { ...detailsOf(second), backup: directories.etcd, manifest: change.backupPath, replaced },
    remedy: `${remedyOf(second)}\`crictl ps -a --name etcd\` and \`crictl logs\` show why etcd does not run. The manifest from before the upgrade is ${change.backupPath}: copy it to ${manifestPath("etcd")}. ${dataRemedy(failed)}${sentence(replacedText(replaced))}`,
  });
}

/** Without other members the snapshot is the data; with others, a new member gets its data from them. */
function dataRemedy({ isOnlyMember, member, directories }: FailedEtcdUpgrade): string {
  const dataDirectory = member.dataDirectory ?? "/var/lib/etcd";
  if (!isOnlyMember) {
    return lastResort({
      id: "refused-data",
      proof: { decided: "etcd refuses its data while the other members work" },
      act: `replace this member: run \`kubeadm reset\` on this machine, check with \`${etcdctlCommand(part`member list`)}\` that its member is gone, and join the machine as a control plane again`,
      lost: "this member's copy of the data; it gets that of the others",
    });
  }
  const peerUrl = member.peerUrls[0] ?? "https://ADDRESS:2380";
  const name = member.name === "" ? "NAME" : member.name;
  return `If etcd refuses its data, move ${dataDirectory}/member away while the manifest is not in its place, and restore the snapshot: \`${shell`etcdutl snapshot restore ${directories.etcd}/snapshot.db --data-dir ${dataDirectory} --name ${name} --initial-cluster ${name}=${peerUrl} --initial-advertise-peer-urls ${peerUrl}`}\`.`;
}

function causeOf(error: unknown): unknown {
  return isKubeadmError(error) ? (error.cause ?? error) : error;
}

function detailsOf(error: unknown) {
  return isKubeadmError(error) ? error.details : {};
}

function remedyOf(error: unknown): string {
  return isKubeadmError(error) ? `${error.remedy} ` : "";
}

function sentence(text: string): string {
  return text === "" ? "" : ` ${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
