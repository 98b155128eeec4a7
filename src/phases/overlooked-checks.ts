import type { ErrorCode } from "../errors/catalogue.ts";
import { isKubeadmError, KubeadmError } from "../errors/kubeadm-error.ts";
import type { Finding } from "../events/event.ts";
import type { Events } from "../events/events.ts";
import { shell } from "../values/shell.ts";

export interface OverlookedChecks {
  /** Events for the run to use: they record which findings preflight ignored. */
  readonly events: Events;
  /** Adds to a failure that the machine may have caused the findings that preflight ignored, or that it was skipped. */
  explain(error: unknown): unknown;
}

/** Failures that a machine can cause; failures of a cluster are unrelated to what preflight checks. */
const ofMachine: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "BOOTSTRAP_TIMEOUT",
  "CERTIFICATE_INVALID",
  "CONTAINER_RUNTIME_FAILED",
  "CONTROL_PLANE_CRASH_LOOP",
  "CONTROL_PLANE_IMAGE_MISSING",
  "CONTROL_PLANE_NOT_STARTED",
  "CONTROL_PLANE_PORT_TAKEN",
  "CONTROL_PLANE_UNHEALTHY",
  "ETCD_DATA_FOREIGN",
  "ETCD_MEMBER_EXISTS",
  "ETCD_NOT_IN_SYNC",
  "ETCD_NOT_STARTED",
  "FILE_OPERATION_FAILED",
  "KUBECONFIG_INVALID",
  "KUBELET_CRASH_LOOP",
  "KUBELET_MISSING",
  "KUBELET_UNHEALTHY",
  "NODE_NOT_REGISTERED",
  "SERVICE_MANAGER_FAILED",
]);
/** How many findings a remedy names; all of them are printed above it as warnings, and are in its details. */
const mostNamed = 8;

/** Remembers the findings that --ignore-preflight-errors made preflight ignore, in case the run fails later. */
export function overlookedChecks(command: string, events: Events): OverlookedChecks {
  const ignored: Finding[] = [];
  let isSkipped = false;
  const listening = (target: Events, phase: string): Events => ({
    emit: (type, data) => {
      if (type === "check.warned" && "ignored" in data && data.ignored) ignored.push(data);
      if (type === "phase.skipped" && phase === "preflight") isSkipped = true;
      target.emit(type, data);
    },
    within: (name) => listening(target.within(name), name),
  });
  return {
    events: listening(events, ""),
    explain: (error) => {
      if (!isKubeadmError(error) || !ofMachine.has(error.code)) return error;
      if (isSkipped) return withRemedy(error, skippedRemedy(command), { preflightSkipped: true });
      if (ignored.length === 0) return error;
      const ignoredFindings = ignored.map(({ check, message }) => ({ check, message }));
      return withRemedy(error, ignoredRemedy(ignored), { ignoredFindings });
    },
  };
}

function skippedRemedy(command: string): string {
  return (
    `Preflight was skipped, so this machine wasn't checked: run \`${shell`kubeadm ${command.split(" ")} phase preflight`}\` with the same ` +
    "arguments, without --skip-phases, to check it."
  );
}

function ignoredRemedy(findings: readonly Finding[]): string {
  const named = findings.slice(0, mostNamed).map(({ check, message }) => `[${check}] ${message}`);
  const more = findings.length > mostNamed ? [`${findings.length - mostNamed} more, shown above`] : [];
  return `Preflight found this, but --ignore-preflight-errors ignored it: ${[...named, ...more].join("; ")}.`;
}

function withRemedy(error: KubeadmError, advice: string, details: object): KubeadmError {
  return new KubeadmError(error.code, error.message.split("\n"), {
    cause: error,
    details: { ...error.details, ...details },
    remedy: `${error.remedy} ${advice}`,
  });
}
