import type { LabHost } from "../../../lab/lab-host.ts";
import { CommandFailed } from "../../../lab/run-command.ts";
import type { ExpectedFinding, Fault } from "./fault.ts";

export interface PrintedFinding {
  readonly severity: string;
  readonly finding: string;
  readonly evidence?: readonly string[];
  readonly remedy?: string;
  readonly commands?: readonly string[];
  readonly decision?: string;
}

interface PrintedCheck {
  readonly name: string;
  /** Checks whose findings caused those of this one. */
  readonly causes?: readonly string[];
  readonly findings?: readonly PrintedFinding[];
}

/** What `kubeadm doctor -o json` prints, as far as these tests read it. */
export interface PrintedReport {
  readonly state: "ok" | "warning" | "error";
  readonly checks: readonly PrintedCheck[];
  readonly findingsInCausalOrder: readonly string[];
  readonly seconds: number;
}

/** Runs the installed program's doctor on a host. */
export async function doctor(host: LabHost): Promise<PrintedReport> {
  const argv = ["kubeadm", "doctor", "-o", "json"] as const;
  const result = await host.run(argv, { timeoutMs: 60_000 });
  try {
    const report = JSON.parse(result.stdout) as Omit<PrintedReport, "seconds">;
    return { ...report, seconds: result.elapsedMs / 1000 };
  } catch {
    throw new CommandFailed(argv, result);
  }
}

/** Whether the report names what it must first; for a pair, one of the two first and the other one too. */
export function isRight(report: PrintedReport, { finds, isOnlyCause = false }: Fault): boolean {
  const isCause = (name: string) =>
    report.checks.some((each) => each.name === name && (each.causes ?? []).length === 0);
  if (isOnlyCause && report.findingsInCausalOrder.filter(isCause).length > 1) return false;
  const expected = "check" in finds ? [finds] : finds;
  const [first] = report.findingsInCausalOrder;
  const named = report.findingsInCausalOrder;
  return (
    expected.some((each) => shows(report, each, first === undefined ? [] : [first])) &&
    expected.every((each) => shows(report, each, named))
  );
}

function shows(report: PrintedReport, { check, words }: ExpectedFinding, among: readonly string[]): boolean {
  const allowed = typeof check === "string" ? [check] : check;
  return report.checks.some(
    ({ name, findings = [] }) =>
      allowed.includes(name) &&
      among.includes(name) &&
      findings.some(({ finding, evidence = [] }) => words.test([finding, ...evidence].join("\n"))),
  );
}

/** The findings in one text, for the table. */
export function findingsOf(report: PrintedReport): readonly string[] {
  return report.findingsInCausalOrder.map((name) => {
    const check = report.checks.find((each) => each.name === name);
    return `${name}: ${(check?.findings ?? []).map(({ finding }) => finding).join(" ")}`;
  });
}
