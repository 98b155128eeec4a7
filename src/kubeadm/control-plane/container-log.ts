import { foreignText } from "../../errors/printable-text.ts";
import type { Files } from "../../host/host.ts";

/** The kubelet begins a new file at 10 MiB; a longer one is not worth its memory. */
const maxBytes = 16 * 1024 * 1024;

/**
 * The last lines that a container wrote, oldest first, without secrets; empty where there is no file of it. The formats
 * are those of CRI (`time stream F text`) and of Docker (a JSON object each).
 */
export async function containerLog(
  path: string,
  lines: number,
  files: Pick<Files, "readText">,
): Promise<readonly string[]> {
  if (path === "") return [];
  try {
    const text = await files.readText(path, { maxBytes });
    const last = text.replace(/\n$/, "").split("\n").slice(-lines);
    return last.map((line) => foreignText(withoutFrame(line))).filter((line) => line.trim() !== "");
  } catch {
    // Logs explain a failure; that they cannot be read must not take its place.
    return [];
  }
}

function withoutFrame(line: string): string {
  const framed = /^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] ?(.*)$/.exec(line)?.[1];
  if (framed !== undefined) return structured(framed);
  const { log } = objectOf(line);
  return structured(typeof log === "string" ? log.trimEnd() : line);
}

/** etcd writes JSON objects: of these only what a reader looks for. */
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
 * The line in which a program says why it gives up: klog's errors, cobra's, etcd's and Go's last words. etcd panics with
 * the message of what it has just logged, without the error that came with it: then what it logged says more.
 */
export function tellingLine(lines: readonly string[]): string {
  const last = lines.findLast((line) => telling.test(line)) ?? lines.at(-1) ?? "";
  if (!last.startsWith("panic: ")) return last;
  return lines.findLast((line) => line.startsWith(`${last}: `)) ?? last;
}

const telling =
  /^[EF]\d{4} |^Error: |^(error|fatal|panic): |"command failed"|flag provided but not defined|bind: address already in use/;

/** The program does not know an argument, or a value of it. */
export function isBadArgument(line: string): boolean {
  return /unknown (shorthand )?flag|flag provided but not defined|invalid argument|unrecognized feature gate/.test(
    line,
  );
}

/**
 * What no further attempt can change: the arguments, files, addresses or rights that the container was given, a full disk,
 * and a member that etcd has struck off.
 */
export function isHopeless(line: string): boolean {
  return isBadArgument(line) || hopeless.test(line);
}

const hopeless =
  /(open|stat|lstat|read) \S+: (no such file or directory|permission denied)|executable file not found|private key does not match|cannot assign requested address|no space left on device|read-only file system|permanently removed from the cluster/;
