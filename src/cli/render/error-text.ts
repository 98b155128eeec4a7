import { isKubeadmError, type KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { foreignText, oneLine } from "../../errors/printable-text.ts";
import { programName, programVersion } from "../../kubeadm/version.ts";

/** From this verbosity on an error comes with its stack, as upstream's does. */
const stackVerbosity = 5;

/** Everything that is said about the error a command ends with, without a line end. */
export function errorText(error: unknown, verbosity: number): string {
  return (isKubeadmError(error) ? failureLines(error, verbosity) : defectLines(error)).join("\n");
}

/** Upstream's message comes first and its hint last: scripts and people look for both. */
function failureLines(error: KubeadmError, verbosity: number): readonly string[] {
  return [
    `error: ${error.message}`,
    ...causesOf(error).map((cause) => `cause: ${cause}`),
    `remedy: ${error.remedy}`,
    `code: ${error.code}`,
    verbosity >= stackVerbosity ? stackOf(error) : "To see the stack trace of this error execute with --v=5 or higher",
  ];
}

/** The causes that say something which neither the message nor an outer cause has said. */
export function causesOf(error: Error): readonly string[] {
  const causes: string[] = [];
  const seen = new Set<unknown>([error]);
  let said = error.message;
  for (let outer = error, cause = error.cause; cause !== undefined && !seen.has(cause); ) {
    // Those of others come from outside; a cause of ours has its lines.
    const message = isKubeadmError(cause) ? cause.message : foreignText(messageOf(cause));
    if (!said.includes(message) && !isWordedBy(outer, cause)) causes.push(message);
    said += `\n${message}`;
    seen.add(cause);
    if (!(cause instanceof Error)) break;
    outer = cause;
    cause = cause.cause;
  }
  return causes;
}

/**
 * Whether the outer error is an adapter's, whose message is what the runtime's error means in words that operators search
 * for: "ECONNREFUSED: Unable to connect. Is the computer able to access the url?" adds nothing to "connection refused".
 */
function isWordedBy(outer: Error, cause: unknown): boolean {
  return !isKubeadmError(outer) && cause instanceof Error && "code" in cause && typeof cause.code === "string";
}

/** A mistyped command line has no stack worth reading; upstream says so in these words. */
function stackOf(error: KubeadmError): string {
  if (error.code === "USAGE") return "no stack trace";
  const frames = framesOf(originOf(error));
  return frames.length === 0 ? "no stack trace" : frames.join("\n");
}

/** The failure where it arose, below the contexts that it was told in. */
function originOf(error: KubeadmError): KubeadmError {
  let origin = error;
  const seen = new Set<unknown>([error]);
  while (isKubeadmError(origin.cause) && !seen.has(origin.cause)) {
    origin = origin.cause;
    seen.add(origin);
  }
  return origin;
}

/** The lines of a stack below its message, which may look like any of them. */
function framesOf(error: unknown): readonly string[] {
  const { stack = "", message } = error instanceof Error ? error : new Error();
  const below = stack.slice(Math.max(0, stack.indexOf(message)) + message.length);
  return below
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .map((line) => oneLine(line));
}

function defectLines(error: unknown): readonly string[] {
  const message = foreignText(messageOf(error));
  const name = error instanceof Error ? error.name : typeof error;
  return [
    `error: ${message}`,
    `This is a defect of ${programName} ${programVersion}, not of this machine or its cluster.`,
    "Please report it to the project, together with the command line and the lines below.",
    "code: INTERNAL",
    `${oneLine(name)}: ${message}`,
    ...framesOf(error),
  ];
}
