import { quickAtFirst } from "../../../async/poll.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import { type Etcd, EtcdError } from "../../../etcd/etcd.ts";
import { formatDuration } from "../../../go/duration.ts";
import { defined } from "../../../values/defined.ts";
import type { Diagnosis } from "../../control-plane/diagnosis.ts";
import { findMemberCause } from "../../control-plane/find-cause.ts";
import { OwnStarts } from "../../control-plane/own-starts.ts";
import type { StaticPodPorts } from "../../control-plane/replacement/running-pods.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { answerMs } from "../../etcd/etcd-health.ts";
import { waitWithDiagnosis } from "../../waiting/diagnosed-wait.ts";
import { progressReporter } from "../../waiting/persist.ts";

export interface AwaitedMember {
  readonly etcd: Pick<Etcd, "status">;
  /** Of the member on this machine. */
  readonly clientUrl: string;
  /** When the static Pod was changed: containers that are older explain nothing. */
  readonly since: Date;
  readonly timeoutMs: number;
}

/** etcd starts within a second or two. */
const everyMs = quickAtFirst(200, 10_000, 500);
const diagnoseAfterMs = 2_000;
const diagnoseEveryMs = 2_000;
/** An etcd that has exited repeatedly for so long does not start to work. */
const crashLoopMs = 45_000;

/**
 * Waits until the member on this machine serves its clients, by its own status: other members may be away. Throws with
 * what the container and its log show, early if waiting longer is pointless.
 */
export async function awaitMember(
  { etcd, clientUrl, since, timeoutMs }: AwaitedMember,
  ports: StaticPodPorts,
): Promise<void> {
  const { clock, events, signal } = ports;
  const ownStarts = new OwnStarts(since);
  let crashingSinceMs: number | undefined;
  const look = (last: boolean) => findMemberCause({ last }, { ...ports, ownStarts });
  const what = "the etcd member of this machine";
  using report = progressReporter({ what, deadlineMs: timeoutMs, afterMs: diagnoseAfterMs, clock, events });
  await waitWithDiagnosis<true, Diagnosis>({
    check: async ({ remainingMs }, attemptSignal) => {
      const options = { signal: attemptSignal, timeoutMs: Math.max(1, Math.min(remainingMs, answerMs)) };
      const status = await statusOf(etcd, clientUrl, options);
      return "version" in status ? { done: true, value: true } : { done: false, reason: status.trouble };
    },
    diagnose: async (_missing, { elapsedMs }) => {
      const found = await look(false);
      if (found?.code !== "CONTROL_PLANE_CRASH_LOOP") return found;
      crashingSinceMs ??= elapsedMs;
      return { ...found, isFinal: found.isFinal || elapsedMs - crashingSinceMs >= crashLoopMs };
    },
    diagnoseAtEnd: () => look(true),
    diagnoseAfterMs,
    diagnoseEveryMs,
    everyMs,
    deadlineMs: timeoutMs,
    clock,
    signal,
    report,
    failed: ({ reason, finding, timedOut }) => {
      if (finding !== undefined && !timedOut) return failed(finding);
      const message = `etcd did not become available at ${clientUrl} within ${formatDuration(timeoutMs)}: ${reason}`;
      if (finding === undefined) return unavailable(message, clientUrl);
      const isRunning = finding.code === "CONTROL_PLANE_UNHEALTHY" && finding.remedy === undefined;
      return failed(isRunning ? { ...finding, remedy: runningRemedy(clientUrl) } : finding, message);
    },
  });
}

/** Returns the version of the member at a URL; undefined if it does not serve. */
export async function servedVersion(
  etcd: Pick<Etcd, "status">,
  clientUrl: string,
  options: Parameters<Etcd["status"]>[1],
): Promise<string | undefined> {
  const status = await statusOf(etcd, clientUrl, options);
  return "version" in status ? status.version : undefined;
}

async function statusOf(
  etcd: Pick<Etcd, "status">,
  clientUrl: string,
  options: Parameters<Etcd["status"]>[1],
): Promise<{ readonly version: string } | { readonly trouble: string }> {
  try {
    const { errors, leaderId, version } = await etcd.status(clientUrl, options);
    if (errors.length > 0) return { trouble: `the etcd member reports: ${foreignText(errors.join(", "))}` };
    return leaderId === "" ? { trouble: "the etcd member has no leader" } : { version };
  } catch (error) {
    if (error instanceof EtcdError) return { trouble: error.message };
    throw error;
  }
}

/** The container no longer exists when the previous etcd is running again. */
function runningRemedy(clientUrl: string): string {
  return `etcd must listen at ${clientUrl} and reach the other members: ${manifestPath("etcd")} shows its settings; change them with extraArgs in the ClusterConfiguration or with patches.`;
}

/** The general remedy of the code is for a machine that joins: a control plane that is upgraded must not be reset. */
function unavailable(message: string, clientUrl: string): KubeadmError {
  return new KubeadmError("ETCD_UNHEALTHY", message, {
    remedy: runningRemedy(clientUrl),
    details: { component: "etcd" },
  });
}

function failed({ code, reason, remedy, lines }: Diagnosis, message = reason): KubeadmError {
  return new KubeadmError(code, message, {
    ...(message === reason ? {} : { cause: new Error(reason) }),
    ...defined({ remedy }),
    details: { component: "etcd", log: lines },
  });
}
