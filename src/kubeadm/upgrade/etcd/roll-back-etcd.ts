import { throwIfAborted } from "../../../async/signal.ts";
import type { ErrorCode } from "../../../errors/catalogue.ts";
import { lastResort, remedyBefore } from "../../../errors/decision.ts";
import { isKubeadmError, KubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import { PortError } from "../../../errors/port-error.ts";
import type { Events } from "../../../events/events.ts";
import { part, shell } from "../../../values/shell.ts";
import type { StaticPodReplacement } from "../../control-plane/replacement/replace-static-pod.ts";
import type { ReplacementSteps } from "../../control-plane/replacement/replacement.ts";
import type { StaticPodPorts } from "../../control-plane/replacement/running-pods.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { etcdctlCommand } from "../../etcd/member-names.ts";
import { aboutNewManifest } from "../control-plane/upgrade-directories.ts";
import { discardCopy, type EtcdDataCopy, replacedText } from "./etcd-data-copy.ts";
import type { EtcdUpgrade } from "./etcd-upgrade-types.ts";
import type { MemberInManifest } from "./member-in-manifest.ts";
import type { EtcdUpgradeBasis } from "./prepare-etcd-upgrade.ts";

/** An upgrade that has changed certificates at most. */
export interface FailedEtcdRenewal {
  readonly error: unknown;
  readonly upgrade: EtcdUpgrade;
  /** Waits until the member of this machine serves. */
  readonly awaitMember: (timeoutMs: number) => Promise<void>;
}

export interface FailedEtcdUpgrade extends FailedEtcdRenewal {
  readonly replacement: StaticPodReplacement;
  readonly member: MemberInManifest;
  /** Undefined if the static Pod does not say where the data is. */
  readonly data: EtcdDataCopy | undefined;
  readonly basis: EtcdUpgradeBasis;
}

/** Restores the etcd from before the upgrade, and waits until it works. Returns the error of the upgrade. */
export async function rollBackEtcd(failed: FailedEtcdUpgrade, ports: StaticPodPorts): Promise<unknown> {
  const { error, upgrade, replacement, data, basis } = failed;
  const copy = basis.copiesData && (await data?.exists()) === true ? data : undefined;
  // The new etcd may have served for longer than one attempt lasts.
  const isStale = replacement.change.found === "placed" && basis.ageMs > upgrade.node.timeouts.upgradeManifests;
  if (isStale && copy !== undefined) return tooOld(failed, copy.path);
  await restoreCertificates(upgrade, ports.events);
  if (!replacement.isTouched) return error;
  ports.events.emit("upgrade.etcd.failed", { reason: messageOf(error) });
  let second: unknown;
  try {
    await restore(failed, copy, ports);
  } catch (failure) {
    throwIfAborted(ports.signal);
    if (!isFailure(failure)) throw failure;
    second = failure;
  }
  const replaced = (await data?.replaced()) ?? [];
  if (second !== undefined) return notRestored(failed, second, replaced);
  return isFailure(error) ? restored(failed, copy, replaced) : error;
}

/** Restores the certificates of an etcd that does not serve with renewed ones, and waits until it does. Returns the error. */
export async function restoreEtcdCertificates(failed: FailedEtcdRenewal, ports: StaticPodPorts): Promise<unknown> {
  const { error, upgrade, awaitMember } = failed;
  const { directories, node } = upgrade;
  ports.events.emit("upgrade.etcd.failed", { reason: messageOf(error) });
  await restoreCertificates(upgrade, ports.events);
  try {
    await awaitMember(node.timeouts.upgradeManifests);
  } catch (second) {
    throwIfAborted(ports.signal);
    if (!isFailure(second)) throw second;
    const message = `etcd doesn't serve with its certificates from before the upgrade either: ${messageOf(second)}; the renewal had failed with: ${messageOf(error)}`;
    const remedy = `${remedyOf(second)}\`crictl ps -a --name etcd\` and \`crictl logs\` show why etcd isn't serving. Then run the same command again.`;
    return failure("UPGRADE_ROLLBACK_FAILED", message, {
      error: second,
      remedy,
      details: { backup: directories.etcd },
    });
  }
  if (!isFailure(error)) return error;
  const message = `etcd does not serve with renewed certificates: ${messageOf(error)}`;
  const remedy = `etcd works again with the certificates from before the upgrade. ${remedyOf(error)}Then run the same command again.`;
  return failure("UPGRADE_ETCD_FAILED", message, { error, remedy });
}

/** The renewed certificates work too: failing to restore the old ones is no reason to leave etcd stopped. */
async function restoreCertificates({ certificates }: EtcdUpgrade, events: Events): Promise<void> {
  try {
    await certificates.restore("etcd");
  } catch (error) {
    const message = `the certificates of etcd from before the upgrade are not restored: ${messageOf(error)}`;
    events.emit("warning", { area: "upgrade/etcd", message });
  }
}

/** Any other error is a defect of this program. */
function isFailure(error: unknown): boolean {
  return isKubeadmError(error) || error instanceof PortError;
}

async function restore(
  { upgrade, replacement, data, awaitMember }: FailedEtcdUpgrade,
  copy: EtcdDataCopy | undefined,
  ports: StaticPodPorts,
): Promise<void> {
  const { events } = ports;
  if (copy === undefined) await data?.requireData();
  const whileStopped = async () => {
    events.emit("upgrade.etcd.data.restoring", {});
    await copy?.restore();
    events.emit("upgrade.etcd.data.restored", {});
  };
  const steps = { timeoutMs: upgrade.node.timeouts.upgradeManifests, becomesHealthy: awaitMember };
  await goBack(replacement, copy === undefined ? steps : { ...steps, whileStopped }, ports);
  await discardCopy(data, events);
}

/** Restores the previous etcd, and waits until it serves. */
export async function goBack(replacement: StaticPodReplacement, steps: ReplacementSteps, ports: StaticPodPorts) {
  await replacement.goBack({ ...steps, becomesHealthy: async () => undefined }, ports);
  ports.events.emit("upgrade.etcd.waiting", { isPrevious: true });
  await steps.becomesHealthy(steps.timeoutMs);
  ports.events.emit("upgrade.etcd.restored", {});
}

function restored(
  { error, replacement, upgrade }: FailedEtcdUpgrade,
  copy: EtcdDataCopy | undefined,
  replaced: readonly string[],
): KubeadmError {
  const { directories } = upgrade;
  const parts = copy === undefined ? "manifest and certificates" : "manifest, certificates and data";
  const message = "fatal error when trying to upgrade the etcd cluster, rolled the state back to pre-upgrade state";
  return failure("UPGRADE_ETCD_FAILED", `${message}: ${messageOf(error)}`, {
    error,
    details: { backup: directories.etcd, manifest: replacement.change.backupPath, replaced },
    remedy: `etcd works again with the ${parts} from before the upgrade. ${aboutNewManifest(remedyOf(error), "etcd", directories)}Then run the same command again. The snapshot in ${directories.etcd} is from before the upgrade.${sentence(replacedText(replaced))}`,
  });
}

/** Nothing is restored: the previous etcd does not start with the data of the new one. */
function tooOld({ error, member, upgrade, replacement }: FailedEtcdUpgrade, copy: string): KubeadmError {
  const backup = upgrade.directories.etcd;
  const manifest = replacement.change.backupPath;
  const dataDirectory = member.dataDirectory ?? "/var/lib/etcd";
  const message = `the new etcd does not serve, and the previous one is not restored, because the new one may have stored data since an earlier attempt: ${messageOf(error)}`;
  return failure("UPGRADE_ROLLBACK_FAILED", message, {
    error,
    details: { backup, manifest, copy },
    remedy: remedyBefore(`${remedyOf(error)}Then run the same command again.`, {
      id: "previous-etcd-data",
      proof: { decided: "the data that etcd has stored since the first attempt is not needed" },
      act: `move ${manifestPath("etcd")} away, wait until etcd has stopped, rename ${dataDirectory}/member, copy ${copy} there with \`cp -a\`, and copy ${manifest} to ${manifestPath("etcd")}`,
      lost: "the data stored since then",
    }),
  });
}

function notRestored(failed: FailedEtcdUpgrade, second: unknown, replaced: readonly string[]): KubeadmError {
  const backup = failed.upgrade.directories.etcd;
  const manifest = failed.replacement.change.backupPath;
  const message = `fatal error rolling back local etcd cluster manifest, the backup of etcd database is stored here:(${backup})`;
  const context = `${message}: ${messageOf(second)}; the upgrade had failed with: ${messageOf(failed.error)}`;
  return failure("UPGRADE_ROLLBACK_FAILED", context, {
    error: second,
    details: { backup, manifest, replaced },
    remedy: `${remedyOf(second)}\`crictl ps -a --name etcd\` and \`crictl logs\` show why etcd isn't running. The manifest from before the upgrade is ${manifest}: copy it to ${manifestPath("etcd")}. ${dataRemedy(failed)}${sentence(replacedText(replaced))}`,
  });
}

/** Without other members the snapshot is the data; with others, a new member gets its data from them. */
function dataRemedy({ basis, member, upgrade: { directories } }: FailedEtcdUpgrade): string {
  const dataDirectory = member.dataDirectory ?? "/var/lib/etcd";
  if (!basis.isOnlyMember) {
    return lastResort({
      id: "refused-data",
      proof: { decided: "etcd refuses its data while the other members work" },
      act: `replace this member: run \`kubeadm reset\` on this machine, check with \`${etcdctlCommand(part`member list`)}\` that its member is gone, and join the machine as a control plane again`,
      lost: "this member's copy of the data; it gets a copy from the others",
    });
  }
  const peerUrl = member.peerUrls[0] ?? "https://ADDRESS:2380";
  const name = member.name === "" ? "NAME" : member.name;
  return `If etcd refuses its data, move ${dataDirectory}/member away while the manifest is not in its place, and restore the snapshot: \`${shell`etcdutl snapshot restore ${directories.etcd}/snapshot.db --data-dir ${dataDirectory} --name ${name} --initial-cluster ${name}=${peerUrl} --initial-advertise-peer-urls ${peerUrl}`}\`.`;
}

/** Returns an error with the cause of another, and what that knows. */
function failure(
  code: ErrorCode,
  message: string,
  { error, details, remedy }: { readonly error: unknown; readonly details?: object; readonly remedy: string },
): KubeadmError {
  const cause = isKubeadmError(error) ? (error.cause ?? error) : error;
  return new KubeadmError(code, message, {
    ...{ cause, remedy },
    details: { ...(isKubeadmError(error) ? error.details : {}), ...details },
  });
}

function remedyOf(error: unknown): string {
  return isKubeadmError(error) ? `${error.remedy} ` : "";
}

function sentence(text: string): string {
  return text === "" ? "" : ` ${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
