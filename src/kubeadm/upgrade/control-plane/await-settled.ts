import type { Clock } from "../../../async/clock.ts";
import { type Attempt, poll, type Verdict } from "../../../async/poll.ts";
import type { Container } from "../../../cri/container-runtime.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { formatDuration } from "../../../go/duration.ts";
import { defined } from "../../../values/defined.ts";
import { type Diagnosis, diagnoseComponent, neededBy } from "../../control-plane/diagnose-component.ts";
import { OwnStarts } from "../../control-plane/own-starts.ts";
import type { StaticPodName } from "../../control-plane/write-manifest.ts";
import { progressReporter } from "../../waiting/persist.ts";
import { reportAfterMs } from "./await-static-pod.ts";
import { askingRuntime, type RunningPod, runningPods, withRuntime } from "./running-pods.ts";
import type { StaticPodPorts } from "./static-pod-change.ts";

export interface SettlingComponent {
  readonly component: StaticPodName;
  /** When the component began to be replaced: containers that are older explain nothing. */
  readonly since: Date;
  /** Milliseconds that the component has to become healthy. */
  readonly timeoutMs: number;
  /** Resolves when the component works; throws why it does not. */
  readonly becomesHealthy: (timeoutMs: number) => Promise<void>;
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
 * that exits again and again answers its health check in between. Returns the UID of its Pod. Throws CONTROL_PLANE_…
 * errors with the cause that was found.
 */
export async function awaitSettled(settling: SettlingComponent, ports: StaticPodPorts): Promise<string> {
  const { component, since, timeoutMs, becomesHealthy } = settling;
  const { clock, signal, events } = ports;
  const ownStarts = new OwnStarts(since);
  let run: Run | undefined;
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

/** A container that runs, and since when on the monotonic clock. */
interface Run {
  readonly id: string;
  readonly sinceMs: number;
}

function runOf({ id, createdAt }: Container, clock: Clock): Run {
  return { id, sinceMs: clock.monotonic() - Math.max(0, clock.now().getTime() - createdAt.getTime()) };
}

async function newestPod(component: StaticPodName, ports: StaticPodPorts): Promise<RunningPod | undefined> {
  return (await withRuntime(ports, (runtime) => runningPods(component, runtime, ports))).at(-1);
}

function unsettled(
  { component, timeoutMs }: SettlingComponent,
  diagnosis: Diagnosis | undefined,
  reason = diagnosis?.reason ?? `${component} has exited ${hopelessExits} times`,
): KubeadmError {
  const message = `${component} became healthy, but does not run for ${formatDuration(settlingMs(timeoutMs))} without a restart`;
  return new KubeadmError(diagnosis?.code ?? "CONTROL_PLANE_CRASH_LOOP", message, {
    cause: new Error(reason),
    ...defined({ remedy: diagnosis?.remedy }),
    details: { component, log: diagnosis?.lines ?? [] },
  });
}
