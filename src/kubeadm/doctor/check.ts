import type { Decision } from "../../errors/decision.ts";
import type { ShellCommand } from "../../values/shell.ts";
import type { Examination } from "./examination.ts";
import type { DoctorFix } from "./fix/fix.ts";

/** In the order in which they are printed. */
export const doctorGroups = [
  "machine",
  "runtime",
  "credentials",
  "kubelet",
  "control-plane",
  "network",
  "cluster",
] as const;

/** The subject of a check. */
export type DoctorGroup = (typeof doctorGroups)[number];

/** An error keeps the node out of its cluster; a warning may do so later. */
export type DoctorSeverity = "warning" | "error";

/** Something that keeps the node out of its cluster (error), or that may do so later (warning). */
export interface DoctorFinding {
  readonly severity: DoctorSeverity;
  /** One sentence: what is wrong, with names and numbers. */
  readonly finding: string;
  /** Lines that show it: of a log, of a file, of a certificate. */
  readonly evidence?: readonly string[];
  /** What to do, in one or two sentences. */
  readonly remedy?: string;
  /** Commands that do it, or show more. None of them destroys anything. */
  readonly commands?: readonly ShellCommand[];
  /** What only a person can decide, such as what destroys something. */
  readonly decision?: Decision;
  /** What `--fix` does; absent if no remedy is safe, and can be undone or leaves nothing to undo. */
  readonly fix?: DoctorFix;
}

/** What a check found. */
export type CheckOutcome =
  /** `note` says what was found, in a few words: "containerd 2.1.4". */
  | { readonly state: "ok"; readonly note?: string }
  | { readonly state: "found"; readonly findings: readonly DoctorFinding[] }
  /** The check does not apply here, or the user may not see what it reads. */
  | { readonly state: "skipped"; readonly reason: string };

/** One question about the machine; a value, so that lists of checks can be read, selected and shown. */
export interface DoctorCheck {
  /** Stable, in kebab case: users and scripts name checks. */
  readonly name: string;
  readonly group: DoctorGroup;
  /** What holds if nothing is wrong, in a few words: "The kubelet's service runs". */
  readonly title: string;
  /** Names of checks before this one in the list whose findings can be the cause of this one's. */
  readonly after?: readonly string[];
  /** Only reads, for at most 2.5 s. Errors of ports may be thrown: they become a finding, or a reason why the check was skipped. */
  look(examination: Examination): Promise<CheckOutcome>;
}

export function passed(note?: string): CheckOutcome {
  return note === undefined ? { state: "ok" } : { state: "ok", note };
}

export function skipped(reason: string): CheckOutcome {
  return { state: "skipped", reason };
}

/** The reason that `DoctorReport.needsRoot` is made of. */
export const needsRoot = "needs root";

export function needsRootFor(what: string): CheckOutcome {
  return skipped(`${needsRoot}: ${what} is not readable`);
}

type FindingParts = Omit<DoctorFinding, "severity" | "finding">;

export function failed(finding: string, parts: FindingParts = {}): CheckOutcome {
  return found([{ severity: "error", finding, ...parts }]);
}

export function warned(finding: string, parts: FindingParts = {}): CheckOutcome {
  return found([{ severity: "warning", finding, ...parts }]);
}

/** Without findings, the check has passed. */
export function found(findings: readonly DoctorFinding[], note?: string): CheckOutcome {
  return findings.length === 0 ? passed(note) : { state: "found", findings };
}
