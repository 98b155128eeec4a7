import { throwIfAborted } from "../../async/signal.ts";
import { type Container, type ContainerRuntime, ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { type ErrorCode, errorCatalogue } from "../../errors/catalogue.ts";
import { foreignLines } from "../../errors/printable-text.ts";
import { type Files, ServiceError, type Services } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import { klogError } from "../kubelet/klog-error.ts";
import { type KubeletFailure, kubeletCondition, kubeletFailure } from "../kubelet/kubelet-failure.ts";
import { kubeletService } from "../kubelet/kubelet-service.ts";
import { readManifestContainer } from "./component-endpoints.ts";
import { containerCauseLine, containerLog, isBadArgument, isHopeless } from "./container-log.ts";
import type { OwnStarts } from "./own-starts.ts";
import { staticPodContainers } from "./static-pod-containers.ts";
import { manifestPath, type StaticPodName } from "./write-manifest.ts";

/** Why a control-plane component does not respond, as far as this machine shows. */
export interface Diagnosis {
  readonly code: ErrorCode;
  /** One line. */
  readonly reason: string;
  readonly remedy?: string;
  /** Last log lines of the component, or of the kubelet if the component was never created; without secrets. */
  readonly lines: readonly string[];
  /** Waiting longer is pointless. */
  readonly isFinal: boolean;
}

export interface DiagnosisPorts {
  /** Connects for each diagnosis, so that a restart of the runtime in between does no harm. */
  readonly connectRuntime: () => ContainerRuntime;
  readonly files: Pick<Files, "readText">;
  readonly services: Services;
  readonly signal: AbortSignal;
  /** The name of the kubelet's Node; the names of its static Pods end in it. */
  readonly nodeName: string;
  readonly ownStarts: OwnStarts;
}

const callTimeoutMs = 2_000;
/** Enough lines to include a page of usage text after the error. */
const logLines = 200;
const shownLogLines = 20;

/** Diagnoses the static Pod of a component; undefined if its container runs, or nothing can be found out. */
export async function diagnoseComponent(
  component: StaticPodName,
  ports: DiagnosisPorts,
): Promise<Diagnosis | undefined> {
  const runtime = ports.connectRuntime();
  try {
    return await look(component, runtime, ports);
  } catch (error) {
    throwIfAborted(ports.signal);
    if (isUnavailable(error)) return undefined;
    throw error;
  } finally {
    runtime.close();
  }
}

/** Returns the last log lines of a component whose container runs. */
export async function runningLog(component: StaticPodName, ports: DiagnosisPorts): Promise<readonly string[]> {
  const runtime = ports.connectRuntime();
  try {
    const newest = (await staticPodContainers(component, { ...ports, runtime, timeoutMs: callTimeoutMs })).at(-1);
    return newest === undefined ? [] : await logOf(newest, runtime, ports);
  } catch (error) {
    throwIfAborted(ports.signal);
    if (isUnavailable(error)) return [];
    throw error;
  } finally {
    runtime.close();
  }
}

/** Reports whether a diagnosis failed with an expected error, which must not replace the failure that it explains. */
function isUnavailable(error: unknown): boolean {
  return error instanceof ContainerRuntimeError || error instanceof ServiceError;
}

async function look(
  component: StaticPodName,
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis | undefined> {
  const containers = await staticPodContainers(component, { ...ports, runtime, timeoutMs: callTimeoutMs });
  return diagnoseContainers({ component, containers }, runtime, ports);
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
  if (newest === undefined) return notStarted(component, runtime, ports);
  if (newest.state === "running") return undefined;
  if (!ports.ownStarts.isOwn(newest)) return notStartedAgain(component, newest, runtime, ports);
  if (newest.state !== "exited") return { ...blank, reason: `the container of ${component} is ${newest.state}` };
  return ended({ component, last: newest, restarts: ports.ownStarts.restarts(component, containers) }, runtime, ports);
}

/** Diagnosis if all containers are older than this run: they are only a hint. */
async function notStartedAgain(
  component: StaticPodName,
  last: Container,
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis> {
  const now = await notStarted(component, runtime, ports);
  if (now.isFinal || now.code !== "CONTROL_PLANE_NOT_STARTED") return now;
  const before = await ended({ component, last, restarts: 0 }, runtime, ports);
  const reason = `the kubelet has not started ${component} since this run began; before that, ${before.reason}`;
  return { ...before, reason, isFinal: false };
}

const blank = { code: "CONTROL_PLANE_UNHEALTHY", lines: [], isFinal: false } as const;

async function logOf(container: Container, runtime: ContainerRuntime, { files, signal }: DiagnosisPorts) {
  const path = await runtime.containerLogPath(container.id, { signal, timeoutMs: callTimeoutMs });
  return containerLog(path, logLines, files);
}

interface Ended {
  readonly component: StaticPodName;
  readonly last: Container;
  /** Restarts seen in this run. */
  readonly restarts: number;
}

async function ended(
  { component, last, restarts }: Ended,
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis> {
  const end = await runtime.containerEnd(last.id, { signal: ports.signal, timeoutMs: callTimeoutMs });
  const log = await logOf(last, runtime, ports);
  // The last lines of a program that reports success are about its work, not about its end.
  const isKilled = end?.reason === outOfMemory;
  const words = isKilled ? outOfMemory : containerCauseLine(log) || end?.message || end?.reason || "";
  const said = end?.exitCode === 0 ? "" : words;
  const often = restarts === 0 ? "" : ` and was restarted ${restarts === 1 ? "once" : `${restarts} times`}`;
  const status = end?.exitCode === 0 ? "without an error (status 0)" : `with status ${end?.exitCode}`;
  const how = end === undefined ? "exited" : `exited ${status}`;
  const reason = `${component} ${how}${often}${said === "" ? "" : `: ${said}`}`;
  const port = takenPort(said);
  if (port !== undefined) {
    const remedy = `\`${shell`ss -ltnp ${`sport = :${port}`}`}\` shows which program uses the port ${port}: stop that program, or give ${component} another port.`;
    return { code: "CONTROL_PLANE_PORT_TAKEN", reason, remedy, lines: shown(log), isFinal: restarts >= 2 };
  }
  const isKilledEarly = earlyKill.test(said);
  if (isKilled || isKilledEarly) {
    const remedy = isKilled ? memoryRemedy(component) : earlyKillRemedy(component);
    return { code: "CONTROL_PLANE_CRASH_LOOP", reason, remedy, lines: shown(log), isFinal: restarts >= 2 };
  }
  const isArgument = isBadArgument(said);
  const remedy = isArgument ? argumentRemedy(component) : endRemedy(component, said);
  return {
    code: "CONTROL_PLANE_CRASH_LOOP",
    reason,
    ...defined({ remedy }),
    // A page of usage text follows a bad argument.
    lines: isArgument ? [said] : shown(log),
    // The cause of a single exit may be temporary.
    isFinal: restarts >= 1 && isHopeless(said),
  };
}

/** Returns the last lines without Go's goroutine stacks, which only help developers of the program. */
export function shown(log: readonly string[]): readonly string[] {
  const stack = log.findLastIndex((line) => /^goroutine \d+ \[/.test(line));
  return (stack > 0 ? log.slice(0, stack) : log).slice(-shownLogLines);
}

/** The reason that container runtimes give. Such a container does not know its end: its log is about something else. */
const outOfMemory = "OOMKilled";

function memoryRemedy(component: StaticPodName): string {
  return `It was OOM-killed: it needed more memory than its limit (resources.limits.memory in ${manifestPath(component)}, for example from a patch) or than this machine had (\`free -m\`, \`dmesg\`): raise the limit, or free memory.`;
}

/** What runc says of a container whose memory does not suffice for its own start. */
const earlyKill = /cannot start a stopped process|OOM-killed/;

function earlyKillRemedy(component: StaticPodName): string {
  return `The container was killed before its program started, usually because its memory limit is too low: resources.limits.memory in ${manifestPath(component)}, for example from a patch. \`dmesg\` shows OOM kills.`;
}

function argumentRemedy(component: StaticPodName): string {
  return `Fix the settings of ${component}: extraArgs in the ClusterConfiguration, or a patch; ${manifestPath(component)} shows all of them.`;
}

/** Returns what to do about an exit, if the last log line shows the cause. */
function endRemedy(component: StaticPodName, said: string): string | undefined {
  const file = /(?:open|stat|lstat|read|mkdir|write) (\/[^\s:"]+): /.exec(said)?.[1];
  if (said.includes("no space left on device")) {
    return `\`df -h\` and \`df -i\` show which file system is full${file === undefined ? "" : ` (that of ${file})`}: free space on it.`;
  }
  if (said.includes("read-only file system")) {
    return `\`${shell`findmnt --target ${file ?? "DIRECTORY"}`}\` shows the file system that is mounted read-only: mount it read-write.`;
  }
  if (said.includes("cannot assign requested address")) {
    return `No interface of this machine has the address: \`ip -brief address\` lists its addresses. Advertise one of them (localAPIEndpoint.advertiseAddress, --apiserver-advertise-address); ${manifestPath(component)} shows the settings of ${component}.`;
  }
  if (/no such file or directory|permission denied/.test(said) && file !== undefined) {
    return `${component} sees only files that are mounted into its Pod: check that ${file} exists and is readable, and that extraVolumes in the ClusterConfiguration mounts it; ${manifestPath(component)} shows what is mounted.`;
  }
  return undefined;
}

function takenPort(line: string): string | undefined {
  return /listen tcp\S* \S*:(\d+): bind: address already in use/.exec(line)?.[1];
}

/** Diagnosis without a container: the image is missing, or the kubelet does not start the Pod. */
async function notStarted(
  component: StaticPodName,
  runtime: ContainerRuntime,
  ports: DiagnosisPorts,
): Promise<Diagnosis> {
  const { image } = await readManifestContainer(component, ports.files);
  const hasImage = await runtime.hasImage(image, { signal: ports.signal, timeoutMs: callTimeoutMs });
  const complaints = await kubeletLines(component, ports);
  const journal = complaints.slice(-shownJournalLines);
  const said = kubeletError(journal.at(-1) ?? "");
  const because = said === "" ? "" : `: ${said}`;
  if (!hasImage) {
    const remedy =
      `Get it with \`kubeadm config images pull\` or \`${shell`crictl pull ${image}`}\`; without a network, save it elsewhere and load it: ` +
      "`ctr -n k8s.io images import FILE`.";
    const reason = `the image ${image} is not on this machine${because}`;
    const isFinal = failedPulls(complaints) >= finalPullFailures;
    return { code: "CONTROL_PLANE_IMAGE_MISSING", reason, remedy, lines: journal, isFinal };
  }
  const trouble = await kubeletFailure(ports.services, ports.signal);
  if (trouble !== undefined) return exitingKubelet(trouble, ports);
  const condition = await kubeletCondition(ports.services, ports.signal);
  const stopped = condition?.runs === false ? condition : undefined;
  const kubelet = stopped === undefined ? "" : `; ${stopped.summary}`;
  const reason = `the kubelet has not created a container for ${component}${kubelet}${because}`;
  const lines = journal.length > 0 ? journal : (condition?.journal ?? []);
  // Nothing restarts a service that was stopped.
  const isFinal = stopped !== undefined;
  const remedy = stopped?.installed === true ? { remedy: startKubelet } : {};
  return { code: "CONTROL_PLANE_NOT_STARTED", reason, ...remedy, lines, isFinal };
}

const startKubelet =
  "The kubelet was stopped: start it with `systemctl start kubelet`; `journalctl -u kubelet` shows why it stopped.";

/** Diagnosis of a kubelet that was healthy and now exits. */
async function exitingKubelet(
  { reason, error }: KubeletFailure,
  { services, signal }: DiagnosisPorts,
): Promise<Diagnosis> {
  const condition = await kubeletCondition(services, signal);
  const { code, remedy } = error ?? {
    code: "KUBELET_UNHEALTHY" as const,
    remedy: errorCatalogue.KUBELET_UNHEALTHY.remedy,
  };
  return { code, reason, remedy, lines: condition?.journal ?? [], isFinal: error !== undefined };
}

/** The kubelet logs about ten lines a second while the API server does not respond; few are about one Pod. */
const journalLines = 1_000;
const shownJournalLines = 5;

/** Returns the kubelet's last log lines about problems with a component's Pod. */
async function kubeletLines(
  component: StaticPodName,
  { nodeName, services, signal }: DiagnosisPorts,
): Promise<readonly string[]> {
  if ((await services.manager()) === "none") return [];
  const lines = await services.journal(kubeletService, { lines: journalLines, signal });
  const own = foreignLines(lines).filter(
    (line) => /\b[EW]\d{4} /.test(line) && line.includes(`${component}-${nodeName}`) && !aboutReports.test(line),
  );
  return own;
}

/** What the kubelet cannot tell the API server about a Pod does not keep the Pod from running. */
const aboutReports = /\b(status_manager|event)\.go:|\bmirror pod\b/i;

/** The kubelet retries a pull after ten seconds, then after twenty: two failures are not a temporary problem. */
const finalPullFailures = 2;

/**
 * Counts failed pulls of the running kubelet, by the process ID in its lines; ImagePullBackOff lines are pauses, not
 * pulls.
 */
function failedPulls(lines: readonly string[]): number {
  const processOf = (line: string) => /\bE\d{4} \S+ +(\d+) /.exec(line)?.[1];
  const failed = lines.filter((line) => line.includes("Error syncing pod") && line.includes("with ErrImagePull"));
  return failed.filter((line) => processOf(line) === processOf(lines.at(-1) ?? "")).length;
}

/** Returns the error of a line of the kubelet's log, without the prefix that all failed pulls share. */
function kubeletError(line: string): string {
  const error = klogError(line) ?? line;
  return /ErrImagePull: "?(.*?)"?$/.exec(error)?.[1]?.replaceAll('\\"', '"') ?? error;
}
