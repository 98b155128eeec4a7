import type { Container, ContainerRuntime } from "../../cri/container-runtime.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import { containerCauseLine, containerLog, isBadArgument, isHopeless } from "./container-log.ts";
import { callTimeoutMs, type Diagnosis, type DiagnosisPorts } from "./diagnosis.ts";
import { manifestPath, type StaticPodName } from "./write-manifest.ts";

/** Enough lines to include a page of usage text after the error. */
const logLines = 200;
const shownLogLines = 20;

export interface EndedContainer {
  readonly component: StaticPodName;
  readonly last: Container;
  /** Restarts seen in this run. */
  readonly restarts: number;
}

/** Diagnoses a component whose container has exited. */
export async function diagnoseEnd(
  { component, last, restarts }: EndedContainer,
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

/** Returns the last lines of a container's log. */
export async function logOf(container: Container, runtime: ContainerRuntime, { files, signal }: DiagnosisPorts) {
  const path = await runtime.containerLogPath(container.id, { signal, timeoutMs: callTimeoutMs });
  return containerLog(path, logLines, files);
}
