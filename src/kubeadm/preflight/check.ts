import { started } from "../../async/started.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { SystemReportLine } from "../../events/event.ts";
import type { Host } from "../../host/host.ts";

/** What checks read. No check changes the machine, except by `modprobe configs` and pulling images. */
export interface PreflightPorts
  extends Pick<Host, "files" | "commands" | "services" | "network" | "machine" | "clock"> {
  readonly connectContainerRuntime: ConnectContainerRuntime;
}

export interface Problem {
  /** Upstream's message, because operators search for it. */
  readonly message: string;
  /** Overrides the check's severity. */
  readonly severity?: Severity;
  /** What to do, in upstream's words, where it has some. */
  readonly suggestion?: string;
  /** What to do in this case. */
  readonly remedy?: string;
  /** Name of an earlier check; this problem is only a consequence of its failure. */
  readonly followsFrom?: string;
}

export type Severity = "error" | "warning";

export interface CheckResult {
  /** In upstream's order. */
  readonly problems: readonly Problem[];
  /** Printed if there are errors. */
  readonly report?: readonly SystemReportLine[];
}

/** One condition that the machine must meet; a value, so that lists of checks can be read, filtered and shown. */
export interface Check {
  /** Stable, because users pass it to --ignore-preflight-errors. */
  readonly name: string;
  /** Default severity of its problems. */
  readonly severity: Severity;
  run(ports: PreflightPorts, signal: AbortSignal): Promise<CheckResult>;
}

export const passed: CheckResult = { problems: [] };

export function problem(message: string, more: Omit<Problem, "message"> = {}): CheckResult {
  return { problems: [{ message, ...more }] };
}

/** Returns a check's name from its kind and a path, as upstream does: "FileAvailable--etc-kubernetes-kubelet.conf". */
export function checkName(kind: string, path: string): string {
  return `${kind}-${path.replaceAll("/", "-")}`;
}

export type Look<T> = (ports: PreflightPorts, signal: AbortSignal) => Promise<T>;

/** Returns a look that several checks share: the first check takes it, the others reuse its result. */
export function shared<T>(look: Look<T>): Look<T>;
export function shared<T, Ports extends readonly unknown[]>(
  look: (...ports: Ports) => Promise<T>,
): (...ports: Ports) => Promise<T>;
export function shared<T, Ports extends readonly unknown[]>(
  look: (...ports: Ports) => Promise<T>,
): (...ports: Ports) => Promise<T> {
  let taken: Promise<T> | undefined;
  return (...ports) => {
    taken ??= started(look(...ports));
    return taken;
  };
}
