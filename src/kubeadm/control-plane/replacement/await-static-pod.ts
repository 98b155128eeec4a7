import { orElse, unlessAborted } from "../../../async/or-else.ts";
import type { Verdict } from "../../../async/poll.ts";
import { type ContainerRuntime, ContainerRuntimeError } from "../../../cri/container-runtime.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { formatDuration } from "../../../go/duration.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { defined } from "../../../values/defined.ts";
import { kubeletCondition, kubeletFailure } from "../../kubelet/kubelet-failure.ts";
import { manifestsDirectory } from "../../paths.ts";
import { waitWithDiagnosis } from "../../waiting/diagnosed-wait.ts";
import { progressReporter } from "../../waiting/persist.ts";
import { diagnoseComponent } from "../diagnose-component.ts";
import type { Diagnosis } from "../diagnosis.ts";
import { OwnStarts } from "../own-starts.ts";
import { podsInOtherManifests } from "../pods-in-manifests.ts";
import { manifestPath, type StaticPodName } from "../write-manifest.ts";
import { type ExpectedPod, isExpected } from "./replacement.ts";
import { backsOffLong, endBackOff } from "./restart-back-off.ts";
import { askingRuntime, type RunningPod, runningPods, type StaticPodPorts, withRuntime } from "./running-pods.ts";

export interface AwaitedPod {
  readonly component: StaticPodName;
  /** One with a UID has worked before: the kubelet's back-off after earlier exits of its container is cut short. */
  readonly expected: ExpectedPod;
  /** When the manifest was changed: containers that are older explain nothing. */
  readonly since: Date;
  readonly timeoutMs: number;
}

/** A call of the runtime takes a few milliseconds. */
const pollEveryMs = 100;
const diagnoseAfterMs = 2_000;
const diagnoseEveryMs = 2_000;
/** A Pod that ends, and one that starts, need some seconds. */
export const reportAfterMs = 10_000;

/**
 * Waits until the kubelet has replaced the Pod of a component: the previous one no longer exists, and the container of the
 * expected one runs. Asks the container runtime, because the API server may be restarting. Throws early if the kubelet or the
 * component can never do it.
 */
export async function awaitStaticPod(awaited: AwaitedPod, ports: StaticPodPorts): Promise<void> {
  const { component, expected, since } = awaited;
  const ownStarts = new OwnStarts(since);
  let backingOffUid = expected.uid;
  await awaitPods(
    {
      ...awaited,
      what: `the new Pod of ${component}`,
      isReached: (pods) => pods.length > 0 && pods.every((pod) => isExpected(expected, pod)),
      explainAbsence: async () => {
        const diagnosis = await diagnoseComponent(component, { ...ports, ownStarts });
        if (backingOffUid !== undefined && (await backsOffLong({ component, uid: backingOffUid }, ports))) {
          // Once is enough.
          backingOffUid = undefined;
          await endBackOff(component, ports);
        }
        return diagnosis;
      },
    },
    ports,
  );
}

/**
 * Waits until no container of these Pods runs: another Pod may run by then, if the kubelet has needed longer than its
 * pause to end them. Throws early if the kubelet cannot stop them.
 */
export async function awaitNoPod(
  { component, timeoutMs }: Pick<AwaitedPod, "component" | "timeoutMs">,
  uids: ReadonlySet<string>,
  ports: StaticPodPorts,
): Promise<void> {
  const what = `the end of the previous Pod of ${component}`;
  const isReached = (pods: readonly RunningPod[]) => !pods.some(({ uid }) => uids.has(uid));
  await awaitPods({ component, timeoutMs, what, isReached, explainAbsence: async () => undefined }, ports);
}

interface Wait extends Pick<AwaitedPod, "component" | "timeoutMs"> {
  readonly what: string;
  /** Reports whether the Pods that run are as awaited. */
  readonly isReached: (pods: readonly RunningPod[]) => boolean;
  /** Says why no Pod runs. */
  readonly explainAbsence: () => Promise<Diagnosis | undefined>;
}

async function awaitPods({ component, timeoutMs, what, isReached, explainAbsence }: Wait, ports: StaticPodPorts) {
  const { clock, signal, events } = ports;
  using report = progressReporter({ what, deadlineMs: timeoutMs, afterMs: reportAfterMs, clock, events });
  let isAbsent = false;
  const check = async (runtime: ContainerRuntime): Promise<Verdict<true>> => {
    const pods = await runningPods(component, runtime, ports);
    if (isReached(pods)) return { done: true, value: true };
    isAbsent = pods.length === 0;
    const reason = isAbsent ? "its container does not run yet" : "the kubelet still runs the previous Pod";
    return { done: false, reason };
  };
  await withRuntime(ports, (runtime) =>
    waitWithDiagnosis<true, Diagnosis>({
      check: () => askingRuntime(ports, () => check(runtime)),
      diagnose: () =>
        orElse(undefined, unlessAborted(signal, ContainerRuntimeError), () =>
          isAbsent ? explainAbsence() : diagnoseKubelet(component, ports),
        ),
      diagnoseAfterMs,
      diagnoseEveryMs,
      everyMs: () => pollEveryMs,
      deadlineMs: timeoutMs,
      clock,
      signal,
      report,
      failed: async ({ reason, finding, timedOut }) =>
        finding !== undefined && !timedOut
          ? notReplaced({ component, timeoutMs }, finding, ports)
          : await outOfTime({ component, timeoutMs }, finding, finding?.reason ?? reason, ports),
    }),
  );
}

/** Says why the kubelet does not replace a Pod that runs, if its service is the cause. */
async function diagnoseKubelet(
  component: StaticPodName,
  { services, signal }: StaticPodPorts,
): Promise<Diagnosis | undefined> {
  const failure = await kubeletFailure(services, signal);
  const condition = await kubeletCondition(services, signal);
  const lines = condition?.journal ?? [];
  if (failure !== undefined) {
    const { code, remedy } = failure.error ?? { code: "KUBELET_UNHEALTHY" as const, remedy: undefined };
    return { code, reason: failure.reason, ...defined({ remedy }), lines, isFinal: failure.error !== undefined };
  }
  if (condition === undefined || condition.runs) return undefined;
  return {
    code: "CONTROL_PLANE_NOT_STARTED",
    reason: `the kubelet does not replace the Pod of ${component}; ${condition.summary}`,
    remedy: "Start the kubelet with `systemctl start kubelet`; `journalctl -u kubelet` shows why it stopped.",
    lines,
    isFinal: true,
  };
}

async function outOfTime(
  awaited: Pick<AwaitedPod, "component" | "timeoutMs">,
  diagnosis: Diagnosis | undefined,
  reason: string,
  ports: StaticPodPorts,
): Promise<KubeadmError> {
  const undecided = { code: "CONTROL_PLANE_NOT_STARTED", reason, lines: [], isFinal: false } as const;
  const second = await secondManifest(awaited.component, ports.files);
  if (second === undefined) return notReplaced(awaited, diagnosis ?? undecided, ports);
  const shadows = `${second} has a Pod of the same name as ${manifestPath(awaited.component)}: the kubelet uses only one of them`;
  const remedy = `Move ${second} out of ${manifestsDirectory}.`;
  return notReplaced(awaited, { ...undecided, reason: shadows, remedy }, ports);
}

/** The first words are upstream's, which operators search for. */
function notReplaced(
  { component, timeoutMs }: Pick<AwaitedPod, "component" | "timeoutMs">,
  { code, reason, remedy, lines, isFinal }: Diagnosis,
  { nodeName }: StaticPodPorts,
): KubeadmError {
  const within = isFinal ? "" : ` after ${formatDuration(timeoutMs)}`;
  const message = `static Pod hash for component ${component} on Node ${nodeName} did not change${within}`;
  return new KubeadmError(code, message, {
    cause: new Error(reason),
    ...defined({ remedy }),
    details: { component, log: lines },
  });
}

/** Returns the path of another file in the manifests directory that makes a Pod of the same name. */
async function secondManifest(
  component: StaticPodName,
  files: Pick<Files, "list" | "readText">,
): Promise<string | undefined> {
  // This only explains a failure, which it must not replace.
  const others = await orElse([], FileError, () => podsInOtherManifests([component], files));
  return others.find(({ podName }) => podName === component)?.path;
}
