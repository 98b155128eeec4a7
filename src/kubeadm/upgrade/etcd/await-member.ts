import { type Attempt, poll, type Verdict } from "../../../async/poll.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import { type Etcd, EtcdError } from "../../../etcd/etcd.ts";
import { formatDuration } from "../../../go/duration.ts";
import { defined } from "../../../values/defined.ts";
import { type Diagnosis, neededBy } from "../../control-plane/diagnose-component.ts";
import { findMemberCause } from "../../control-plane/find-cause.ts";
import { OwnStarts } from "../../control-plane/own-starts.ts";
import type { StaticPodPorts } from "../../control-plane/replacement/running-pods.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { answerMs } from "../../etcd/etcd-health.ts";
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
const firstAttemptsEveryMs = 200;
const laterAttemptsEveryMs = 500;
const firstAttemptsMs = 10_000;
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
  let diagnosis: Diagnosis | undefined;
  let diagnosedAt = 0;
  let crashingSince: number | undefined;
  const diagnose = (last: boolean) => findMemberCause({ last }, { ...ports, ownStarts });
  const what = "the etcd member of this machine";
  using progress = progressReporter({ what, deadlineMs: timeoutMs, afterMs: diagnoseAfterMs, clock, events });
  try {
    await poll<true>({
      until: async ({ elapsedMs, remainingMs }: Attempt, attemptSignal): Promise<Verdict<true>> => {
        const options = { signal: attemptSignal, timeoutMs: Math.max(1, Math.min(remainingMs, answerMs)) };
        const status = await statusOf(etcd, clientUrl, options);
        if ("version" in status) return { done: true, value: true };
        if (elapsedMs >= diagnoseAfterMs && elapsedMs - diagnosedAt >= diagnoseEveryMs) {
          diagnosedAt = elapsedMs;
          diagnosis = await diagnose(false);
          if (diagnosis?.code === "CONTROL_PLANE_CRASH_LOOP") crashingSince ??= elapsedMs;
          const isCrashing = crashingSince !== undefined && elapsedMs - crashingSince >= crashLoopMs;
          if (diagnosis !== undefined && (diagnosis.isFinal || isCrashing)) throw failed(diagnosis);
        }
        return { done: false, reason: status.trouble };
      },
      everyMs: ({ elapsedMs }) => (elapsedMs < firstAttemptsMs ? firstAttemptsEveryMs : laterAttemptsEveryMs),
      deadlineMs: timeoutMs,
      clock,
      signal,
      onWaiting: (reason, attempt) => progress(diagnosis?.reason ?? reason, attempt, neededBy(diagnosis)),
      onTimeout: (reason) => new OutOfTime(reason),
    });
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    const found = (await diagnose(true)) ?? diagnosis;
    const message = `etcd did not become available at ${clientUrl} within ${formatDuration(timeoutMs)}: ${error.message}`;
    if (found === undefined) throw unavailable(message, clientUrl);
    const isRunning = found.code === "CONTROL_PLANE_UNHEALTHY" && found.remedy === undefined;
    throw failed(isRunning ? { ...found, remedy: runningRemedy(clientUrl) } : found, message);
  }
}

/** Carries the last reason out of the wait; never thrown outside this module. */
class OutOfTime extends Error {}

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
