import type { DoctorFinding, DoctorGroup } from "./check.ts";

/** The outcome of a check: the worst severity of its findings, or why there are none. */
export type CheckState = "ok" | "warning" | "error" | "skipped";

/** The result of one `doctor` check. */
export interface CheckResult {
  readonly name: string;
  readonly group: DoctorGroup;
  readonly title: string;
  readonly state: CheckState;
  /** A few words on what is in order, or why the check was skipped. */
  readonly note?: string;
  /** Empty unless the state is "warning" or "error". */
  readonly findings: readonly DoctorFinding[];
  /** Names of the checks whose findings probably caused these. */
  readonly causes: readonly string[];
}

/** The result of `kubeadm doctor` on a machine. */
export interface DoctorReport {
  /** The name of this machine's Node, or the name it would have. */
  readonly nodeName: string;
  /** The machine's role according to its files: "none" before a join. */
  readonly role: "none" | "worker" | "control-plane";
  /** URL of the API server that the kubelet uses, if it is known. */
  readonly server?: string;
  /** The worst state of a check. */
  readonly state: "ok" | "warning" | "error";
  /** Name of the check that found the first cause. */
  readonly firstCause?: string;
  /** All checks, each after those whose findings can cause its own. */
  readonly checks: readonly CheckResult[];
  /** The checks with findings, causes before their consequences. */
  readonly findings: readonly CheckResult[];
  /** Some checks could not read everything, because the user is not root. */
  readonly needsRoot: boolean;
  /** One sentence for each source that was read only in part, or not at all, because it is too large. */
  readonly limits: readonly string[];
}

/** Returns the first error among the findings of a check or, without one, the first warning. */
export function worstFinding(findings: readonly DoctorFinding[]): DoctorFinding | undefined {
  return findings.find(({ severity }) => severity === "error") ?? findings[0];
}
