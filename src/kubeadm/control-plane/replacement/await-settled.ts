import type { Clock } from "../../../async/clock.ts";
import { type Attempt, poll, type Verdict } from "../../../async/poll.ts";
import type { Container } from "../../../cri/container-runtime.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { formatDuration } from "../../../go/duration.ts";
import { defined } from "../../../values/defined.ts";
import { neededBy } from "../../waiting/diagnosed-wait.ts";
import { progressReporter } from "../../waiting/persist.ts";
import { diagnoseComponent } from "../diagnose-component.ts";
import type { Diagnosis } from "../diagnosis.ts";
import { OwnStarts } from "../own-starts.ts";
import type { StaticPodName } from "../write-manifest.ts";
import { reportAfterMs } from "./await-static-pod.ts";
import type { ReplacementSteps } from "./replacement.ts";
import { askingRuntime, newestPod, type StaticPodPorts } from "./running-pods.ts";

interface SettlingComponent extends Pick<ReplacementSteps, "timeoutMs" | "becomesHealthy"> {
  readonly component: StaticPodName;
  /** When the component began to be replaced: containers that are older explain nothing. */
  readonly since: Date;
}

const pollEveryMs = 250;
/** A component that has exited so often keeps exiting. */
const hopelessExits = 3;

/** How long a container has to run without an exit: a part of the time that its component has to become healthy. */
function settlingMs(timeoutMs: number): number {
  return Math.min(10_000, timeoutMs / 20);
}

/**
 * Waits until the container of a component that works has run for some seconds, and the component still works then: one
 * that exits repeatedly answers its health check in between. Returns the UID of its Pod. Throws CONTROL_PLANE_…
 * errors with the cause that was found.
 */
export async function awaitSettled(settling: SettlingComponent, ports: StaticPodPorts): Promise<string> {
  const { component, since, timeoutMs, becomesHealthy } = settling;
  const { clock, signal, events } = ports;
  const ownStarts = new OwnStarts(since);
  let run: ReturnType<typeof runOf> | undefined;
  let exits = 0;
  let diagnosis: Diagnosis | undefined;
  const what = `a container of ${component} that keeps running`;
  using progress = progressReporter({ what, deadlineMs: timeoutMs, afterMs: reportAfterMs, clock, events });
  const attemptOnce = async ({ remainingMs }: Attempt): Promise<Verdict<string>> => {
    const pod = await newestPod(component, ports);
    const container = pod?.container;
    if (container?.id !== run?.id) {
      if (run !== undefined) exits += 1;
      run = container === undefined ? undefined : runOf(container, clock);
      if (container === undefined)
        diagnosis = (await diagnoseComponent(component, { ...ports, ownStarts })) ?? diagnosis;
      if (exits >= hopelessExits || (run === undefined && diagnosis?.isFinal === true)) {
        throw unsettled(settling, diagnosis);
      }
    }
    if (run === undefined || pod === undefined)
      return { done: false, reason: diagnosis?.reason ?? `${component} does not run` };
    if (clock.monotonic() - run.sinceMs < settlingMs(timeoutMs)) {
      return { done: false, reason: `${component} has just started` };
    }
    // Messages name it.
    await becomesHealthy(Math.ceil(Math.max(1, remainingMs) / 1_000) * 1_000);
    if ((await newestPod(component, ports))?.container.id === run.id) return { done: true, value: pod.uid };
    return { done: false, reason: `${component} has exited` };
  };
  return poll({
    until: (attempt) => askingRuntime(ports, () => attemptOnce(attempt)),
    everyMs: () => pollEveryMs,
    deadlineMs: timeoutMs,
    clock,
    signal,
    onWaiting: (reason, attempt) => progress(reason, attempt, neededBy(diagnosis)),
    onTimeout: (reason) => unsettled(settling, diagnosis, reason),
  });
}

/** Returns since when a container runs on the monotonic clock. */
function runOf({ id, createdAt }: Container, clock: Clock) {
  return { id, sinceMs: clock.monotonic() - Math.max(0, clock.now().getTime() - createdAt.getTime()) };
}

function unsettled(
  { component, timeoutMs }: SettlingComponent,
  diagnosis: Diagnosis | undefined,
  reason = diagnosis?.reason ?? `${component} has exited ${hopelessExits} times`,
): KubeadmError {
  const message = `${component} became healthy, but did not run for ${formatDuration(settlingMs(timeoutMs))} without a restart`;
  return new KubeadmError(diagnosis?.code ?? "CONTROL_PLANE_CRASH_LOOP", message, {
    cause: new Error(reason),
    ...defined({ remedy: diagnosis?.remedy }),
    details: { component, log: diagnosis?.lines ?? [] },
  });
}
