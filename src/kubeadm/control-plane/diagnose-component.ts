import { anyOf, orElse, unlessAborted } from "../../async/or-else.ts";
import { type Container, type ContainerRuntime, ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { ServiceError } from "../../host/service-manager.ts";
import { diagnoseEnd, logOf } from "./container-end.ts";
import { callTimeoutMs, type Diagnosis, type DiagnosisPorts } from "./diagnosis.ts";
import { diagnoseMissing } from "./missing-container.ts";
import { staticPodContainers } from "./static-pod-containers.ts";
import type { StaticPodName } from "./write-manifest.ts";

/** Diagnoses the static Pod of a component; undefined if its container runs, or nothing can be found out. */
export function diagnoseComponent(component: StaticPodName, ports: DiagnosisPorts): Promise<Diagnosis | undefined> {
  return withContainers(component, ports, undefined, (containers, runtime) =>
    diagnoseContainers({ component, containers }, runtime, ports),
  );
}

/** Returns the last log lines of a component whose container runs. */
export function runningLog(component: StaticPodName, ports: DiagnosisPorts): Promise<readonly string[]> {
  return withContainers(component, ports, [], async (containers, runtime) => {
    const newest = containers.at(-1);
    return newest === undefined ? [] : logOf(newest, runtime, ports);
  });
}

/** Looks at the containers of a component. An expected failure must not replace the one that is explained: `unknown` then. */
async function withContainers<T>(
  component: StaticPodName,
  ports: DiagnosisPorts,
  unknown: T,
  look: (containers: readonly Container[], runtime: ContainerRuntime) => Promise<T>,
): Promise<T> {
  const runtime = ports.connectRuntime();
  try {
    const expected = unlessAborted(ports.signal, anyOf(ContainerRuntimeError, ServiceError));
    return await orElse(unknown, expected, async () =>
      look(await staticPodContainers(component, { ...ports, runtime, timeoutMs: callTimeoutMs }), runtime),
    );
  } finally {
    runtime.close();
  }
}

export interface ComponentContainers {
  readonly component: StaticPodName;
  /** Oldest attempt first. */
  readonly containers: readonly Container[];
}

/** Diagnoses a component whose containers are known; undefined if the newest one runs. Errors of the ports are thrown. */
export async function diagnoseContainers(
  { component, containers }: ComponentContainers,
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis | undefined> {
  const newest = containers.at(-1);
  if (newest === undefined) return diagnoseMissing(component, runtime, ports);
  if (newest.state === "running") return undefined;
  if (!ports.ownStarts.isOwn(newest)) return notStartedAgain(component, newest, runtime, ports);
  if (newest.state !== "exited") return { ...blank, reason: `the container of ${component} is ${newest.state}` };
  return diagnoseEnd(
    { component, last: newest, restarts: ports.ownStarts.restarts(component, containers) },
    runtime,
    ports,
  );
}

/** Diagnosis if all containers are older than this run: they are only a hint. */
async function notStartedAgain(
  component: StaticPodName,
  last: Container,
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis> {
  const now = await diagnoseMissing(component, runtime, ports);
  if (now.isFinal || now.code !== "CONTROL_PLANE_NOT_STARTED") return now;
  const before = await diagnoseEnd({ component, last, restarts: 0 }, runtime, ports);
  const reason = `the kubelet has not started ${component} since this run began; before that, ${before.reason}`;
  return { ...before, reason, isFinal: false };
}

const blank = { code: "CONTROL_PLANE_UNHEALTHY", lines: [], isFinal: false } as const;
