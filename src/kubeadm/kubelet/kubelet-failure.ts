import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { foreignLines } from "../../errors/printable-text.ts";
import type { Services } from "../../host/service-manager.ts";
import { defined } from "../../values/defined.ts";
import { kubeletRemedy } from "./kubelet-remedy.ts";
import { kubeletService } from "./kubelet-service.ts";

/** Exits of the kubelet that count as a crash loop: a single one may be due to a runtime that was not running yet. */
const crashLoopRestarts = 2;
const journalLines = 20;

export interface KubeletFailure {
  /** One line for a wait that continues. */
  readonly reason: string;
  /** Set if waiting longer is pointless. */
  readonly error?: KubeadmError;
}

export interface KubeletCondition {
  readonly installed: boolean;
  readonly runs: boolean;
  readonly summary: string;
  /** Last lines of its journal. */
  readonly journal: readonly string[];
}

/** Returns the service manager's state of a kubelet that does not respond; undefined without a service manager. */
export async function kubeletCondition(services: Services, signal: AbortSignal): Promise<KubeletCondition | undefined> {
  if ((await services.manager()) === "none") return undefined;
  const { exists, state, subState } = await services.status(kubeletService, signal);
  if (!exists)
    return { installed: false, runs: false, summary: "there is no kubelet service on this machine", journal: [] };
  const summary = `the kubelet service is ${state}${subState === "" ? "" : ` (${subState})`}`;
  const lines = await services.journal(kubeletService, { lines: journalLines, signal });
  return { installed: true, runs: state !== "inactive", summary, journal: foreignLines(lines) };
}

/**
 * Returns why a kubelet that does not respond fails, as the service manager reports it; undefined while the service is
 * fine, or without a service manager.
 */
export async function kubeletFailure(services: Services, signal: AbortSignal): Promise<KubeletFailure | undefined> {
  if ((await services.manager()) === "none") return undefined;
  const status = await services.status(kubeletService, signal);
  if (!status.exists) return undefined;
  const looping = status.state === "activating" && status.subState === "auto-restart";
  const failed = status.state === "failed";
  if (!looping && !failed && status.restarts === 0) return undefined;

  const lines = foreignLines(await services.journal(kubeletService, { lines: journalLines, signal }));
  // A start that has not ended yet may not have said why it will.
  if (!looping && !failed && !lines.some(statesCause)) return undefined;
  const line = kubeletCauseLine(lines);
  const exit = status.exitStatus === undefined || status.exitStatus === 0 ? "" : ` with status ${status.exitStatus}`;
  const restarted = status.restarts > 0 ? ` and was restarted ${status.restarts} times` : "";
  const reason = `the kubelet exited${exit}${restarted}${line === "" ? "" : `: ${line}`}`;
  if (!failed && status.restarts < crashLoopRestarts) return looping ? { reason } : undefined;
  const remedy = kubeletRemedy(line);
  const error = new KubeadmError("KUBELET_CRASH_LOOP", reason, {
    ...defined({ remedy }),
    details: { journal: lines, restarts: status.restarts },
  });
  return { reason, error };
}

/** Returns the line of the kubelet's log that most probably says why it exits. */
export function kubeletCauseLine(lines: readonly string[]): string {
  return lines.findLast(statesCause) ?? lines.at(-1) ?? "";
}

/**
 * Reports whether this line says why the kubelet exits: klog errors, its final "Error:" or "command failed" line; or why
 * systemd cannot start it.
 */
function statesCause(line: string): boolean {
  return /command failed|: Failed at step [A-Z]+ spawning |^E\d{4}|^F\d{4}|^Error:|failed to run Kubelet|level=(error|fatal)|panic:/.test(
    line,
  );
}
