import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { examineNode } from "../../../kubeadm/doctor/doctor.ts";
import type { DoctorPorts } from "../../../kubeadm/doctor/examination.ts";
import type { DoctorReport } from "../../../kubeadm/doctor/report.ts";
import { type ObjectPrinter, objectPrinter } from "../../print/object-printer.ts";
import { printingEvents } from "../../printing-session.ts";
import { isStyled, writePainted } from "../../render/terminal.ts";
import { workflowMachine } from "../machine.ts";
import type { DoctorInvocation } from "./flags.ts";
import { reportFields } from "./report-fields.ts";
import { marksOf, reportLines, reportText } from "./report-text.ts";

/** Examines the machine and prints the report; returns 1 if a check found an error. */
export async function runDoctor(invocation: DoctorInvocation): Promise<number> {
  const { args, flags, global } = invocation;
  const print = await printerOf(invocation);
  const ports = await portsOf(invocation);
  const started = performance.now();
  const show = async (report: DoctorReport): Promise<number> => {
    print(report);
    if (flags.report !== "") {
      const { writeReport } = await import("./write-report.ts");
      await writeReport(report, { invocation, durationMs: performance.now() - started });
    }
    return report.state === "error" ? 1 : 0;
  };
  if (!(flags.fix || flags.undo)) return show(await examineNode({ only: args }, ports));
  if (flags.fix && flags.undo) throw usage("--fix and --undo are mutually exclusive", "Use one of them.");
  if (global.rootfs !== "") throw usage("--fix and --undo only work on the running machine", "Omit --rootfs.");
  const { fixMachine, undoAll } = await import("./fix.ts");
  if (flags.undo) {
    await undoAll(invocation, ports);
    return 0;
  }
  return show(await fixMachine(invocation, ports));
}

function printerOf(invocation: DoctorInvocation): Promise<ObjectPrinter<DoctorReport>> {
  const { flags, global } = invocation;
  const { stdout, environment } = invocation.ports;
  const style = { marks: marksOf(environment), offersFix: !flags.fix && global.rootfs === "" };
  return objectPrinter<DoctorReport>(invocation, {
    kind: "DoctorReport",
    text: (report) => {
      if (!isStyled(stdout, environment)) return stdout.write(reportText(report, style));
      for (const line of reportLines(report, style)) writePainted(stdout, line, true);
    },
    fields: reportFields,
  });
}

async function portsOf(invocation: DoctorInvocation): Promise<DoctorPorts> {
  const { ports } = invocation;
  const [machine, connectEtcd, inspectServer] = await Promise.all([
    workflowMachine(invocation),
    ports.connectEtcd(),
    ports.inspectServer(),
  ]);
  return { ...machine, connectEtcd, inspectServer, events: printingEvents(invocation), signal: ports.signal };
}

function usage(message: string, remedy: string): KubeadmError {
  return new KubeadmError("USAGE", message, { remedy });
}
