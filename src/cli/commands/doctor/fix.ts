import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import { formatDuration } from "../../../go/duration.ts";
import { examineNode } from "../../../kubeadm/doctor/doctor.ts";
import type { DoctorPorts } from "../../../kubeadm/doctor/examination.ts";
import { applyFix, undoFixes } from "../../../kubeadm/doctor/fix/apply-fixes.ts";
import type { DoctorFix, UndoneStep, UndoStep } from "../../../kubeadm/doctor/fix/fix.ts";
import type { FixPorts } from "../../../kubeadm/doctor/fix/fix-ports.ts";
import { fixRecord } from "../../../kubeadm/doctor/fix/fix-record.ts";
import { withLockedMachine } from "../../../kubeadm/doctor/fix/with-locked-machine.ts";
import type { DoctorReport } from "../../../kubeadm/doctor/report.ts";
import type { DoctorInvocation } from "./flags.ts";
import { settled } from "./settled.ts";

/** Asks, makes the fixes, and returns the report of the machine as it is then. */
export async function fixMachine(invocation: DoctorInvocation, ports: DoctorPorts): Promise<DoctorReport> {
  requireRoot(ports);
  const examine = () => examineNode({ only: invocation.args }, ports);
  const { report, areFixed } = await locked("doctor --fix", invocation, ports, async () => {
    const found = await examine();
    return { report: found, areFixed: await makeFixes(fixesOf(found), { invocation, ports, found }) };
  });
  if (!areFixed) return report;
  const onWaiting = (check: string, atMostMs: number) =>
    sayTo(invocation)(`Waiting for ${check} to be in order, at most ${formatDuration(atMostMs)}`);
  return settled(report, examine, { clock: ports.host.clock, signal: ports.signal, onWaiting });
}

/** Returns false if there is nothing to fix. */
async function makeFixes(
  fixes: readonly DoctorFix[],
  {
    invocation,
    ports,
    found,
  }: { readonly invocation: DoctorInvocation; readonly ports: DoctorPorts; readonly found: DoctorReport },
): Promise<boolean> {
  const say = sayTo(invocation);
  if (fixes.length === 0) {
    say(
      found.state === "ok"
        ? "There is nothing to fix."
        : "None of the findings can be fixed automatically; see the remedies.",
    );
    return false;
  }
  for (const { what } of fixes) say(`Fix: ${foreignText(what)}`);
  if (!invocation.flags.force) await confirm(invocation);
  let canUndo = false;
  for (const fix of fixes) {
    const undo = await applyFix(fix, fixPorts(ports));
    if (undo.length > 0) canUndo = true;
    say(`Done: ${foreignText(fix.what)}`);
  }
  if (canUndo) say("`kubeadm doctor --undo` reverts this.");
  return true;
}

/** Takes back what fixes have changed, and prints each step. */
export async function undoAll(invocation: DoctorInvocation, ports: DoctorPorts): Promise<void> {
  requireRoot(ports);
  const say = sayTo(invocation);
  let count = 0;
  const onUndone = (step: UndoneStep) => {
    count += 1;
    say(foreignText(lineOf(step)));
  };
  await locked("doctor --undo", invocation, ports, () => undoFixes(fixPorts(ports), onUndone));
  if (count === 0) say("There is nothing to undo.");
}

function locked<T>(
  command: string,
  invocation: DoctorInvocation,
  ports: DoctorPorts,
  action: () => Promise<T>,
): Promise<T> {
  const onWaiting = (other: { readonly command: string; readonly pid: number }) =>
    sayTo(invocation)(`Waiting for "kubeadm ${foreignText(other.command)}" (pid ${other.pid}) to end`);
  return withLockedMachine({ command, waitMs: invocation.flags.wait, onWaiting }, ports, action);
}

function sayTo({ ports }: DoctorInvocation): (text: string) => void {
  return (text) => ports.stderr.write(`[doctor] ${text}\n`);
}

/** A consequence ends with its cause, so only first causes are fixed; each fix once. */
function fixesOf({ findings }: DoctorReport): readonly DoctorFix[] {
  const all = findings.filter(({ causes }) => causes.length === 0).flatMap((result) => result.findings);
  const fixes = all.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
  return [...new Map(fixes.map((fix) => [JSON.stringify(fix.steps), fix])).values()];
}

function fixPorts({ host, signal }: DoctorPorts): FixPorts {
  return { ...host, record: fixRecord(host.files), signal };
}

function requireRoot({ host }: DoctorPorts): void {
  if (host.machine.uid === 0) return;
  throw new KubeadmError("PRIVILEGE_REQUIRED", "user is not running as root");
}

async function confirm({ ports }: DoctorInvocation): Promise<void> {
  ports.stderr.write("[doctor] Are you sure you want to proceed? [y/N]: ");
  const answer = (await ports.readLine(ports.signal))?.toLowerCase();
  if (answer === "y" || answer === "yes") return;
  const refusal = "won't proceed; the user didn't answer (Y|y) in order to continue";
  throw new KubeadmError("DOCTOR_NOT_CONFIRMED", refusal);
}

function lineOf({ step, outcome }: UndoneStep): string {
  if (outcome === "undone") return `Undone: ${wordsOf(step)}`;
  return `Left alone: ${subjectOf(step)} was removed or changed after kubeadm doctor --fix`;
}

function subjectOf(step: UndoStep): string {
  if ("path" in step) return step.path;
  if ("service" in step) return `the service ${step.service}`;
  return "device" in step ? `swap on ${step.device}` : step.name;
}

function wordsOf(step: UndoStep): string {
  switch (step.kind) {
    case "stop-service":
      return `stopped the service ${step.service}`;
    case "disable-service":
      return `disabled the service ${step.service}`;
    case "mask-service":
      return `masked the service ${step.service}`;
    case "set-kernel-parameter":
      return `set ${step.name} to ${step.value}`;
    case "turn-swap-on":
      return `turned swap on again (${step.device})`;
    case "remove-directory":
      return `removed ${step.path}`;
    case "restore-file":
      return step.before === undefined ? `removed ${step.path}` : `restored ${step.path}`;
    case "restore-mode":
      return `restored the mode ${step.mode.toString(8)} of ${step.path}`;
  }
}
