import { ApiStatusError } from "../../cluster/cluster.ts";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { RunRecord } from "../../journal/run-record.ts";
import { shell } from "../../values/shell.ts";
import { controlPlanePhase, type UpgradeRun } from "./context.ts";

const versionKey = "kubernetesVersion";

/** Keeps the version that this run upgrades to. If the run that it continues had another one, all phases run again. */
export function rememberVersion(version: string, { context, events }: UpgradeRun): void {
  const { record } = context;
  if (record === undefined) return;
  const previous = record.resumed?.journal.remembered?.[versionKey];
  if (previous !== version && record.startOver()) {
    const was = typeof previous === "string" ? previous : "another version";
    const message = `the unfinished ${record.command} on this machine upgrades to ${was}, and this one to ${version}: all its phases run again`;
    events.emit("warning", { area: "journal", message });
  }
  record.notes.remember(versionKey, version);
}

/**
 * Reports whether a run takes up an earlier one of its command that was interrupted while it replaced the static Pods.
 * `version`: what the run upgrades to; undefined if the cluster says that, which may not respond.
 */
export function resumesControlPlane(record: RunRecord, version: string | undefined): boolean {
  const previous = record.resumed?.journal;
  if (previous?.run.command !== record.command || !record.stoppedIn(controlPlanePhase)) return false;
  return version === undefined || previous.remembered?.[versionKey] === version;
}

/** Failures of a server that answers, or of a kubeconfig: an interrupted control plane is not their cause. */
const answered: ReadonlySet<TransportErrorCode> = new Set([
  "certificate-untrusted",
  "certificate-expired",
  "certificate-name-mismatch",
  "certificate-unusable",
  "client-certificate-rejected",
]);

/** Reports whether a request has failed because the cluster does not answer it. */
export function isUnanswered(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApiStatusError) return cause.status >= 500;
    if (cause instanceof TransportError) return !answered.has(cause.code);
  }
  return false;
}

/**
 * Returns the failure of a run whose cluster does not respond because another run is unfinished on this machine; undefined
 * if there is none.
 */
export function finishFirst(error: unknown, record: RunRecord | undefined): KubeadmError | undefined {
  const previous = record?.resumed?.journal;
  if (previous === undefined || record?.stoppedIn(controlPlanePhase) !== true) return undefined;
  const { command, target } = previous.run;
  const line = shell`kubeadm ${[...command.split(" "), ...(target === "" ? [] : [target])]}`;
  const message = `the cluster does not respond, and "${line}" is unfinished on this machine: ${messageOf(error)}`;
  return new KubeadmError("RUN_UNFINISHED", message, {
    cause: error,
    details: { run: { command, target }, program: previous.program },
    remedy: `Finish the unfinished upgrade first, with ${previous.program} and the same options: \`${line}\`. Then run this command again.`,
  });
}
