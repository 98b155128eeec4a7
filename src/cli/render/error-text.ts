import { isKubeadmError, type KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { foreignText, oneLine } from "../../errors/printable-text.ts";
import { programName, programVersion } from "../../kubeadm/version.ts";

/** From this verbosity on, an error is printed with its stack, as upstream does. */
const stackVerbosity = 5;

/** A line of the text of an error, or several that belong together. */
export interface ErrorPart {
  readonly text: string;
  /** What the text begins with. */
  readonly label?: "error:" | "remedy:";
}

/** Returns the text of the error that a command ends with, without a line break at the end. */
export function errorText(error: unknown, verbosity: number): string {
  return errorParts(error, verbosity)
    .map(({ text }) => text)
    .join("\n");
}

export function errorParts(error: unknown, verbosity: number): readonly ErrorPart[] {
  return isKubeadmError(error) ? failureParts(error, verbosity) : defectParts(error);
}

/** Upstream's message is first and its hint last, because scripts and people search for both. */
function failureParts(error: KubeadmError, verbosity: number): readonly ErrorPart[] {
  const hint = "To see the stack trace of this error execute with --v=5 or higher";
  return [
    { label: "error:", text: `error: ${error.message}` },
    ...causesOf(error).map((cause) => ({ text: `cause: ${cause}` })),
    { label: "remedy:", text: `remedy: ${error.remedy}` },
    { text: `code: ${error.code}` },
    { text: verbosity >= stackVerbosity ? stackOf(error) : hint },
  ];
}

/** Returns the causes whose messages are not part of the message or of an outer cause. */
export function causesOf(error: Error): readonly string[] {
  const causes: string[] = [];
  const seen = new Set<unknown>([error]);
  let said = error.message;
  for (let outer = error, cause = error.cause; cause !== undefined && !seen.has(cause); ) {
    // The message of any other cause is foreign text; a KubeadmError has the lines that this program gave it.
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
 * Reports whether the outer error is an adapter's. Its message then has the words that operators search for, and the
 * runtime's adds nothing: "ECONNREFUSED: Unable to connect. Is the computer able to access the url?" to "connection
 * refused".
 */
function isWordedBy(outer: Error, cause: unknown): boolean {
  return !isKubeadmError(outer) && cause instanceof Error && "code" in cause && typeof cause.code === "string";
}

/** Upstream's words replace the stack, which does not help with a mistyped command line. */
function stackOf(error: KubeadmError): string {
  if (error.code === "USAGE") return "no stack trace";
  const frames = framesOf(originOf(error));
  return frames.length === 0 ? "no stack trace" : frames.join("\n");
}

/** Returns the original failure, without the contexts that were added to it. */
function originOf(error: KubeadmError): KubeadmError {
  let origin = error;
  const seen = new Set<unknown>([error]);
  while (isKubeadmError(origin.cause) && !seen.has(origin.cause)) {
    origin = origin.cause;
    seen.add(origin);
  }
  return origin;
}

/** Returns the lines of a stack after its message. A line of the message may have the same form as one of the stack. */
function framesOf(error: unknown): readonly string[] {
  const { stack = "", message } = error instanceof Error ? error : new Error();
  const below = stack.slice(Math.max(0, stack.indexOf(message)) + message.length);
  return below
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .map((line) => oneLine(line));
}

function defectParts(error: unknown): readonly ErrorPart[] {
  const message = foreignText(messageOf(error));
  const name = error instanceof Error ? error.name : typeof error;
  const lines = [
    `This is a bug in ${programName} ${programVersion}, not a problem with this machine or its cluster.`,
    "Please report it to the project, together with the command line and the lines below.",
    "code: INTERNAL",
    `${oneLine(name)}: ${message}`,
    ...framesOf(error),
  ];
  return [{ label: "error:", text: `error: ${message}` }, { text: lines.join("\n") }];
}
