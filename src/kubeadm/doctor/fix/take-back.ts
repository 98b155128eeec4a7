import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { removeIfEmpty } from "../../../host/directories.ts";
import { readState } from "../../../journal/file-state.ts";
import { digestOf } from "../../../journal/journal.ts";
import { swapDevices } from "../../kubelet/kubelet-obstacles.ts";
import type { UndoneStep, UndoStep } from "./fix.ts";
import { type FixPorts, kernelParameter, runProgram, setKernelParameter } from "./fix-ports.ts";

/**
 * Takes one step back, also one that was recorded and not made, or taken back already: what is as it was before the fix is
 * left alone. So is what is neither as before nor as the fix left it. Throws DOCTOR_UNDO_CONFLICT for a file like that:
 * what stood in it before is in the record only.
 */
export async function takeBack(step: UndoStep, ports: FixPorts): Promise<UndoneStep["outcome"]> {
  switch (step.kind) {
    case "stop-service":
    case "disable-service":
    case "mask-service":
      return takeBackService(step, ports);
    case "set-kernel-parameter":
      return restoreParameter(step, ports);
    case "turn-swap-on":
      return turnSwapOn(step, ports);
    case "remove-directory":
      await removeIfEmpty(ports.files, step.path);
      return (await ports.files.status(step.path)) === undefined ? "undone" : "left";
    case "restore-file":
      return restoreFile(step, ports);
    case "restore-mode":
      return restoreMode(step, ports);
  }
}

async function takeBackService(
  { kind, service }: Extract<UndoStep, { readonly service: string }>,
  ports: FixPorts,
): Promise<UndoneStep["outcome"]> {
  const { services, signal } = ports;
  const { exists, state, enabled, masked } = await services.status(service, signal);
  if (!exists) return "left";
  switch (kind) {
    case "stop-service":
      if (state !== "inactive") await services.stop(service, signal);
      return "undone";
    case "disable-service":
      if (enabled) await runProgram(["systemctl", "disable", service], ports);
      return "undone";
    case "mask-service":
      if (masked !== true) await runProgram(["systemctl", "mask", service], ports);
      return "undone";
  }
}

async function restoreParameter(
  { name, value, written }: Extract<UndoStep, { kind: "set-kernel-parameter" }>,
  ports: FixPorts,
): Promise<UndoneStep["outcome"]> {
  const now = await kernelParameter(name, ports);
  if (now === value) return "undone";
  if (now !== written) return "left";
  await setKernelParameter(name, value, ports);
  return "undone";
}

async function turnSwapOn(
  { device, priority }: Extract<UndoStep, { kind: "turn-swap-on" }>,
  ports: FixPorts,
): Promise<UndoneStep["outcome"]> {
  const { files } = ports;
  if ((await swapDevices(files)).includes(device)) return "undone";
  if ((await files.status(device)) === undefined) return "left";
  await runProgram(["swapon", ...(priority === undefined ? [] : ["--priority", String(priority)]), device], ports);
  return "undone";
}

async function restoreFile(
  { path, before, written }: Extract<UndoStep, { kind: "restore-file" }>,
  { files }: FixPorts,
): Promise<UndoneStep["outcome"]> {
  const { state } = await readState(files, path);
  const digest = state.kind === "file" ? state.digest : undefined;
  const isAsBefore = before === undefined ? state.kind === "absent" : digest === digestOf(before.content);
  if (isAsBefore) return "undone";
  if (state.kind !== "absent" && digest !== written) {
    throw new KubeadmError("DOCTOR_UNDO_CONFLICT", `${path} was changed after kubeadm doctor --fix wrote it`, {
      details: { path },
    });
  }
  if (before === undefined) await files.remove(path);
  else await files.write(path, before.content, { mode: before.mode });
  return "undone";
}

/** Another file under this name may be a key that nobody but root may ever read. */
async function restoreMode(
  { path, mode, restricted, content }: Extract<UndoStep, { kind: "restore-mode" }>,
  { files }: FixPorts,
): Promise<UndoneStep["outcome"]> {
  let outcome: UndoneStep["outcome"] = "left";
  await files.changeMode(path, mode, async (opened) => {
    const isKnown = opened.mode === mode || opened.mode === restricted;
    if (isKnown && digestOf(await opened.read()) === content) outcome = "undone";
    return outcome === "undone";
  });
  return outcome;
}
