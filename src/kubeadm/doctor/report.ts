import type { DoctorFinding, DoctorGroup } from "./check.ts";

/** The outcome of a check: the worst severity of its findings, or why there are none. */
export type CheckState = "ok" | "warning" | "error" | "skipped";

/** What one check of `doctor` found. */
export interface CheckResult {
  readonly name: string;
  readonly group: DoctorGroup;
  readonly title: string;
  readonly state: CheckState;
  /** What was found to be in order, in a few words; or why the check was skipped. */
  readonly note?: string;
  /** Empty unless the state is "warning" or "error". */
  readonly findings: readonly DoctorFinding[];
  /** Names of the checks whose findings probably caused these. */
  readonly causes: readonly string[];
}

/** What `kubeadm doctor` found on a machine. */
export interface DoctorReport {
  /** The name of the Node that this machine is, or would be. */
  readonly nodeName: string;
  /** What the files on this machine make it: "none" before a join. */
  readonly role: "none" | "worker" | "control-plane";
  /** URL of the API server that the kubelet uses, if it is known. */
  readonly server?: string;
  /** The worst state of a check. */
  readonly state: "ok" | "warning" | "error";
  /** Name of the check that found the first cause. */
  readonly firstCause?: string;
  /** All checks, each after those whose findings can be the cause of its own. */
  readonly checks: readonly CheckResult[];
  /** Those with findings, each cause before its consequences. */
  readonly findings: readonly CheckResult[];
  /** Some checks could not see everything, because the user is not root. */
  readonly needsRoot: boolean;
  /** One sentence for each source of which only a part was read, or nothing, because it is too large. */
  readonly limits: readonly string[];
}

/** Returns the first error among the findings of a check or, without one, the first warning. */
export function worstFinding(findings: readonly DoctorFinding[]): DoctorFinding | undefined {
  return findings.find(({ severity }) => severity === "error") ?? findings[0];
}
