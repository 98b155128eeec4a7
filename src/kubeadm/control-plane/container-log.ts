import { foreignLines } from "../../errors/printable-text.ts";
import type { Files } from "../../host/host.ts";
import { decodeKubeletConfiguration } from "../kubelet/kubelet-configuration.ts";
import { kubeletConfigurationPath } from "../paths.ts";

/** Of the end of a log, which holds thousands of lines. */
const maxBytes = 1024 * 1024;
/** The kubelet's and Docker's, to whose file that of the kubelet is a link. */
const defaultDirectories = ["/var/log/pods", "/var/lib/docker/containers"];
/** More than a PEM block of a key has. */
const linesBefore = 100;

/**
 * Returns the last lines of a container's log, oldest first, without secrets; empty if there is no log file. The line
 * formats are those of CRI (`time stream F text`) and of Docker (a JSON object).
 */
export async function containerLog(
  path: string,
  lines: number,
  files: Pick<Files, "readText">,
): Promise<readonly string[]> {
  if (path === "") return [];
  try {
    // The runtime names the path, and a container that sees the directory of logs can put a link in it.
    const within = [...defaultDirectories, ...(await configuredDirectory(files))];
    const text = await files.readText(path, { maxBytes, within, fromEnd: true });
    // A secret that the first of the lines cuts is known by what is before it.
    const last = text
      .replace(/\n$/, "")
      .split("\n")
      .slice(-lines - linesBefore);
    const shown = foreignLines(last.map(withoutFrame)).filter((line) => line.trim() !== "");
    return shown.slice(-lines);
  } catch {
    // Logs only explain a failure; an error while reading them must not replace it.
    return [];
  }
}

/** Where the kubelet keeps the logs of Pods if its configuration says so. */
async function configuredDirectory(files: Pick<Files, "readText">): Promise<readonly string[]> {
  try {
    const { podLogsDir } = decodeKubeletConfiguration(await files.readText(kubeletConfigurationPath));
    return typeof podLogsDir === "string" && podLogsDir.startsWith("/") ? [podLogsDir] : [];
  } catch {
    return [];
  }
}

function withoutFrame(line: string): string {
  const framed = /^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] ?(.*)$/.exec(line)?.[1];
  if (framed !== undefined) return structured(framed);
  const { log } = objectOf(line);
  return structured(typeof log === "string" ? log.trimEnd() : line);
}

/** Shortens a JSON line of etcd to its level, message and error. */
function structured(line: string): string {
  if (!line.startsWith("{")) return line;
  const { level, msg, error } = objectOf(line);
  if (typeof msg !== "string") return line;
  const what = typeof error === "string" ? `${msg}: ${error}` : msg;
  return typeof level === "string" ? `${level}: ${what}` : what;
}

function objectOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/**
 * Returns the line in which a program says why it exits: errors of klog, cobra and etcd, and Go's panics. etcd panics
 * with the message that it has just logged, but without the error: then the logged line is used. Empty if the last line
 * only tells what the program does.
 */
export function containerCauseLine(lines: readonly string[]): string {
  const lost = lines.findLast(isLostLease);
  if (lost !== undefined) return lost;
  const last = lines.findLast((line) => causePattern.test(line)) ?? lastWord(lines);
  if (!last.startsWith("panic: ")) return last;
  return lines.findLast((line) => line.startsWith(`${last}: `)) ?? last;
}

/**
 * Reports whether a controller manager or a scheduler says that it could not renew its lease. It exits with that line,
 * which the complaints of its watches may follow.
 */
export function isLostLease(line: string): boolean {
  return /"(?:migration )?leader ?election lost/i.test(line);
}

const causePattern =
  /^[EF]\d{4} |^Error: |^(error|fatal|panic): |"command failed"|flag provided but not defined|bind: address already in use/;

function lastWord(lines: readonly string[]): string {
  const last = lines.findLast((line) => !routineWarning.test(line)) ?? "";
  return informationPattern.test(last) ? "" : last;
}

const informationPattern = /^I\d{4} |^(info|debug): /;

/** Returns the last warning of a program that runs; empty if there is none. It need not be why a program has ended. */
export function lastWarning(lines: readonly string[]): string {
  return lines.findLast((line) => /^W\d{4} |^warn(ing)?: /.test(line) && !routineWarning.test(line)) ?? "";
}

/** An etcd that works warns of these at each start; CoreDNS tells how many processors it uses, in any order with why it ends. */
const routineWarning =
  /^maxprocs: |simple token is not cryptographically signed|Running http and grpc server on single port/;

/** Reports whether the program rejects an argument or its value. */
export function isBadArgument(line: string): boolean {
  return /unknown (shorthand )?flag|flag provided but not defined|invalid argument|unrecognized feature gate/.test(
    line,
  );
}

/**
 * Reports whether a restart cannot help: wrong arguments, files, addresses or permissions, a full disk, or a member
 * that was removed from etcd.
 */
export function isHopeless(line: string): boolean {
  return isBadArgument(line) || hopeless.test(line);
}

const hopeless =
  /(open|stat|lstat|read) \S+: (no such file or directory|permission denied)|executable file not found|private key does not match|cannot assign requested address|no space left on device|read-only file system|permanently removed from the cluster/;
