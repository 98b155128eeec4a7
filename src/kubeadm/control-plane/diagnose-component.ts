import { throwIfAborted } from "../../async/signal.ts";
import { type Container, type ContainerRuntime, ContainerRuntimeError } from "../../cri/container-runtime.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import type { Files, Services } from "../../host/host.ts";
import { kubeletCondition } from "../bootstrap/kubelet-failure.ts";
import { readManifestContainer } from "./component-endpoints.ts";
import { containerLog, isHopeless, tellingLine } from "./container-log.ts";
import type { StaticPodName } from "./write-manifest.ts";

/** Why a component of the control plane does not answer, as far as this machine can tell. */
export interface Diagnosis {
  readonly code: ErrorCode;
  /** One line. */
  readonly reason: string;
  readonly remedy?: string;
  /** Last lines of the component, or of the kubelet where it never came to be; without secrets. */
  readonly lines: readonly string[];
  /** Waiting on is pointless. */
  readonly isFinal: boolean;
}

export interface DiagnosisPorts {
  /** Connected for each look: a runtime that is restarted meanwhile must not cost more than that. */
  readonly connectRuntime: () => ContainerRuntime;
  readonly files: Pick<Files, "readText">;
  readonly services: Services;
  readonly signal: AbortSignal;
  /** Name under which the kubelet registers: that of its static Pods ends in it. */
  readonly nodeName: string;
}

const callTimeoutMs = 2_000;
const logLines = 20;

/** Looks at the static Pod of a component; undefined where its container runs, or nothing can be seen. */
export async function diagnoseComponent(
  component: StaticPodName,
  ports: DiagnosisPorts,
): Promise<Diagnosis | undefined> {
  const runtime = ports.connectRuntime();
  try {
    return await look(component, runtime, ports);
  } catch (error) {
    throwIfAborted(ports.signal);
    if (error instanceof ContainerRuntimeError) return undefined;
    throw error;
  } finally {
    runtime.close();
  }
}

/** The last lines of a component whose container runs. */
export async function runningLog(component: StaticPodName, ports: DiagnosisPorts): Promise<readonly string[]> {
  const runtime = ports.connectRuntime();
  try {
    const newest = (await containersOf(component, runtime, ports)).at(-1);
    return newest === undefined ? [] : await logOf(newest, runtime, ports);
  } catch (error) {
    throwIfAborted(ports.signal);
    if (error instanceof ContainerRuntimeError) return [];
    throw error;
  } finally {
    runtime.close();
  }
}

async function look(
  component: StaticPodName,
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis | undefined> {
  const containers = await containersOf(component, runtime, ports);
  const newest = containers.at(-1);
  if (newest === undefined) return notStarted(component, runtime, ports);
  if (newest.state === "running") return undefined;
  if (newest.state !== "exited") return { ...blank, reason: `the container of ${component} is ${newest.state}` };
  return ended(component, containers, runtime, ports);
}

const blank = { code: "CONTROL_PLANE_UNHEALTHY", lines: [], isFinal: false } as const;

/** The containers of a component on this machine, oldest attempt first; those of its present Pod where there is one. */
async function containersOf(
  component: StaticPodName,
  runtime: ContainerRuntime,
  { nodeName, signal }: DiagnosisPorts,
): Promise<readonly Container[]> {
  const options = { signal, timeoutMs: callTimeoutMs };
  const own = (await runtime.podSandboxes(options)).filter(
    ({ name, namespace }) => namespace === "kube-system" && name === `${component}-${nodeName}`,
  );
  const present = own.filter(({ ready }) => ready);
  const sandboxes = present.length > 0 ? present : own;
  const lists = await Promise.all(sandboxes.map(({ id }) => runtime.containers(id, options)));
  return lists
    .flat()
    .filter(({ name }) => name === component)
    .toSorted((left, right) => left.attempt - right.attempt);
}

async function logOf(container: Container, runtime: ContainerRuntime, { files, signal }: DiagnosisPorts) {
  const path = await runtime.containerLogPath(container.id, { signal, timeoutMs: callTimeoutMs });
  return containerLog(path, logLines, files);
}

async function ended(
  component: StaticPodName,
  containers: readonly Container[],
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis> {
  const [before, last] = containers.slice(-2).length === 2 ? containers.slice(-2) : [undefined, containers.at(-1)];
  const options = { signal: ports.signal, timeoutMs: callTimeoutMs };
  const end = last === undefined ? undefined : await runtime.containerEnd(last.id, options);
  const lines = last === undefined ? [] : await logOf(last, runtime, ports);
  const said = tellingLine(lines) || end?.message || end?.reason || "";
  const restarts = last?.attempt ?? 0;
  const often = restarts === 0 ? "" : ` and was started again ${restarts === 1 ? "once" : `${restarts} times`}`;
  const how = end === undefined ? "exited" : `exited with status ${end.exitCode}`;
  const reason = `${component} ${how}${often}${said === "" ? "" : `: ${said}`}`;
  const port = takenPort(said);
  if (port !== undefined) {
    const remedy = `\`ss -ltnp 'sport = :${port}'\` shows which program has the port ${port}: stop that program, or give ${component} another port.`;
    return { code: "CONTROL_PLANE_PORT_TAKEN", reason, remedy, lines, isFinal: restarts >= 2 };
  }
  // One end may have a cause that passes; the same one twice, in what no restart changes, has none.
  const saidBefore = before === undefined ? "" : tellingLine(await logOf(before, runtime, ports));
  const isFinal = restarts >= 1 && isHopeless(said) && isHopeless(saidBefore);
  return { code: "CONTROL_PLANE_CRASH_LOOP", reason, lines, isFinal };
}

function takenPort(line: string): string | undefined {
  return /listen tcp\S* \S*:(\d+): bind: address already in use/.exec(line)?.[1];
}

/** No container: the image is missing, or the kubelet does not do what it was given. */
async function notStarted(
  component: StaticPodName,
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis> {
  const { image } = await readManifestContainer(component, ports.files);
  const hasImage = await runtime.hasImage(image, { signal: ports.signal, timeoutMs: callTimeoutMs });
  const condition = await kubeletCondition(ports.services, ports.signal);
  const journal = (condition?.journal ?? []).filter((line) => line.includes(hasImage ? component : image));
  const said = journal.at(-1) ?? "";
  const lines = journal.length > 0 ? journal : (condition?.journal ?? []);
  if (!hasImage) {
    const remedy =
      `Get it with \`kubeadm config images pull\` or \`crictl pull ${image}\`; without a network, save it elsewhere and load it: ` +
      "`ctr -n k8s.io images import FILE`.";
    const reason = `the image ${image} is not on this machine${said === "" ? "" : `: ${said}`}`;
    return { code: "CONTROL_PLANE_IMAGE_MISSING", reason, remedy, lines, isFinal: false };
  }
  const kubelet = condition?.runs === false ? `; ${condition.summary}` : "";
  const reason = `the kubelet has made no container for ${component}${kubelet}${said === "" ? "" : `: ${said}`}`;
  return { code: "CONTROL_PLANE_NOT_STARTED", reason, lines, isFinal: false };
}
