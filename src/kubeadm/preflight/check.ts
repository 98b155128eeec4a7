import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { SystemReportLine } from "../../events/event.ts";
import type { Host } from "../../host/host.ts";

/** What checks look at. None of them changes the machine, but for `modprobe configs` and the pull of images. */
export interface PreflightPorts
  extends Pick<Host, "files" | "commands" | "services" | "network" | "machine" | "clock"> {
  readonly connectContainerRuntime: ConnectContainerRuntime;
}

export interface Problem {
  /** Upstream's text: operators search for it. */
  readonly message: string;
  /** Where it is not the check's own. */
  readonly severity?: Severity;
  /** What to do about it in this very case. */
  readonly remedy?: string;
  /** Name of an earlier check whose failure this one only repeats. */
  readonly followsFrom?: string;
}

export type Severity = "error" | "warning";

export interface CheckResult {
  /** In the order in which upstream tells them. */
  readonly problems: readonly Problem[];
  /** Told when there are errors. */
  readonly report?: readonly SystemReportLine[];
}

/** One condition that the machine has to meet: a value, so that lists of them can be read, filtered and shown. */
export interface Check {
  /** Stable: what users pass to --ignore-preflight-errors. */
  readonly name: string;
  /** How much its problems weigh, unless they say otherwise. */
  readonly severity: Severity;
  run(ports: PreflightPorts, signal: AbortSignal): Promise<CheckResult>;
}

export const passed: CheckResult = { problems: [] };

export function problem(message: string, more: Omit<Problem, "message"> = {}): CheckResult {
  return { problems: [{ message, ...more }] };
}

/** "FileAvailable--etc-kubernetes-kubelet.conf": upstream's way to make a name of a kind of check and a path. */
export function checkName(kind: string, path: string): string {
  return `${kind}-${path.replaceAll("/", "-")}`;
}

export type Look<T> = (ports: PreflightPorts, signal: AbortSignal) => Promise<T>;

/** A look at the machine that several checks need: it is taken once, by whichever check comes first. */
export function shared<T>(look: Look<T>): Look<T> {
  let taken: Promise<T> | undefined;
  return (ports, signal) => {
    taken ??= look(ports, signal);
    return taken;
  };
}
