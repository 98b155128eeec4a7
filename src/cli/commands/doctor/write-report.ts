import { errorCatalogue } from "../../../errors/catalogue.ts";
import { eventsTo } from "../../../events/events.ts";
import { type DoctorReport, worstFinding } from "../../../kubeadm/doctor/report.ts";
import { programName, programVersion } from "../../../kubeadm/version.ts";
import { defined } from "../../../values/defined.ts";
import { printingEvents } from "../../printing-session.ts";
import { redactor } from "../../render/redact.ts";
import { reportFile } from "../../report-file.ts";
import type { DoctorInvocation } from "./flags.ts";

/** Writes the page of --report, with the first cause on top. Does nothing without the flag. */
export async function writeReport(
  report: DoctorReport,
  { invocation, durationMs }: { readonly invocation: DoctorInvocation; readonly durationMs: number },
): Promise<void> {
  const file = reportFile(invocation, redactor([]));
  if (file === undefined) return;
  const startedAt = new Date(Date.now() - durationMs);
  const version = `${programName} ${programVersion}`;
  eventsTo(file.record, () => startedAt).emit("run.started", { command: invocation.path, version });
  const events = eventsTo(file.record, () => new Date());
  for (const { name, findings, ...check } of report.checks) {
    events.emit("doctor.check", { check: name, ...check, findings: findings.map(({ fix: _, ...finding }) => finding) });
  }
  const { nodeName: node, role, state, server, firstCause, limits } = report;
  events.emit("doctor.finished", {
    node,
    role,
    state,
    ...defined({ server, firstCause, limits: limits.length === 0 ? undefined : limits }),
  });
  const errors = report.findings.filter((each) => each.state === "error").flatMap(({ findings }) => findings);
  const first = worstFinding(errors);
  if (first === undefined) events.emit("run.finished", { durationMs });
  else {
    const { finding: message, remedy = errorCatalogue.NODE_UNHEALTHY.remedy } = first;
    events.emit("run.failed", { code: "NODE_UNHEALTHY", message, causes: [], remedy, details: {} });
  }
  await file.write(printingEvents(invocation));
}
