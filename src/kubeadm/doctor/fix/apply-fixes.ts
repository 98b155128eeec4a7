import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { PortError } from "../../../errors/port-error.ts";
import type { DoctorFix, FixStep, UndoneStep, UndoStep } from "./fix.ts";
import { type FixPorts, fixFailure, runProgram, setKernelParameter } from "./fix-ports.ts";
import { takeBack } from "./take-back.ts";
import { notRegular, undoStepsOf } from "./undo-steps.ts";

/**
 * Does what the fix says, records before each step what takes it back, and returns that: nothing after a mere restart of a
 * service. Throws KubeadmError at the first failure: DOCTOR_FIX_FAILED, JOURNAL_UNWRITABLE, or DOCTOR_RECORD_INVALID and
 * DOCTOR_RECORD_NEWER for a record of earlier fixes that cannot be used.
 */
export async function applyFix({ steps }: DoctorFix, ports: FixPorts): Promise<readonly UndoStep[]> {
  return orFailure(async () => {
    const earlier = await ports.record.read();
    const made: UndoStep[] = [];
    for (const step of steps) {
      const undo = await undoStepsOf(step, ports);
      if (undo === "done") continue;
      made.push(...undo);
      if (undo.length > 0) await ports.record.write([...earlier, ...made]);
      await apply(step, ports);
    }
    return made;
  });
}

/**
 * Takes back what fixes have changed, the latest first, and reports each step. Throws KubeadmError at the first failure,
 * as `applyFix` does, or DOCTOR_UNDO_CONFLICT for a file that a fix wrote and someone changed since. What is not taken back
 * stays recorded.
 */
export async function undoFixes(ports: FixPorts, onUndone: (step: UndoneStep) => void): Promise<void> {
  await orFailure(async () => {
    const steps = await ports.record.read();
    for (const [index, step] of [...steps.entries()].reverse()) {
      const outcome = await takeBack(step, ports);
      await ports.record.write(steps.slice(0, index));
      onUndone({ step, outcome });
    }
  });
}

/** What the machine refuses is not a defect of the program. */
async function orFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    throw new KubeadmError("DOCTOR_FIX_FAILED", error.message, { cause: error });
  }
}

async function apply(step: FixStep, ports: FixPorts): Promise<void> {
  const { files, services, signal } = ports;
  switch (step.kind) {
    case "start-service":
      return services.start(step.service, signal);
    case "restart-service":
      return services.restart(step.service, signal);
    case "enable-service":
      return runProgram(["systemctl", "enable", step.service], ports);
    case "unmask-service":
      return runProgram(["systemctl", "unmask", step.service], ports);
    case "set-kernel-parameter":
      return setKernelParameter(step.name, step.value, ports);
    case "turn-swap-off":
      return runProgram(["swapoff", step.device], ports);
    case "write-file":
      await files.write(step.path, step.content, { mode: step.mode });
      return undefined;
    case "restrict-file":
      return restrict(step, ports);
  }
}

async function restrict({ path, mode }: Extract<FixStep, { kind: "restrict-file" }>, ports: FixPorts): Promise<void> {
  const status = await ports.files.status(path);
  if (status?.kind !== "file") throw notRegular(path);
  // Unlike a file that is rewritten, the file keeps its owner and its other names.
  const restricted = status.mode & mode;
  const isRestricted = await ports.files.changeMode(path, restricted, (opened) => opened.mode === status.mode);
  if (!isRestricted) throw fixFailure(path, "it was replaced by another file");
}
