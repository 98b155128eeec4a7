import { missingParents } from "../../../host/directories.ts";
import { readState } from "../../../journal/file-state.ts";
import { digestOf } from "../../../journal/journal.ts";
import { defined } from "../../../values/defined.ts";
import { shell } from "../../../values/shell.ts";
import { activeSwap } from "../../kubelet/kubelet-obstacles.ts";
import type { FixStep, UndoStep } from "./fix.ts";
import { type FixPorts, fixFailure, kernelParameter } from "./fix-ports.ts";

/** Returns what takes a step back that is about to be made; "done" if there is nothing to do. */
export async function undoStepsOf(step: FixStep, ports: FixPorts): Promise<readonly UndoStep[] | "done"> {
  const { files, services, signal } = ports;
  switch (step.kind) {
    case "start-service": {
      const { state } = await services.status(step.service, signal);
      if (state === "active") return "done";
      // One that is starting continues without the fix.
      return state === "inactive" || state === "failed" ? [{ kind: "stop-service", service: step.service }] : [];
    }
    case "restart-service":
      return [];
    case "enable-service": {
      const { enabled } = await services.status(step.service, signal);
      return enabled ? "done" : [{ kind: "disable-service", service: step.service }];
    }
    case "unmask-service": {
      const { masked } = await services.status(step.service, signal);
      return masked === true ? [{ kind: "mask-service", service: step.service }] : "done";
    }
    case "set-kernel-parameter": {
      const { kind, name, value: written } = step;
      const value = await kernelParameter(name, ports);
      if (value === undefined) throw fixFailure(shell`sysctl -n ${name}`, "it has no value");
      return value === written ? "done" : [{ kind, name, value, written }];
    }
    case "turn-swap-off": {
      const active = (await activeSwap(files)).find(({ device }) => device === step.device);
      return active === undefined ? "done" : [{ kind: "turn-swap-on", ...active }];
    }
    case "write-file":
      return undoOfWriting(step, ports);
    case "restrict-file":
      return undoOfRestricting(step, ports);
  }
}

async function undoOfWriting({ path, content }: Extract<FixStep, { kind: "write-file" }>, { files }: FixPorts) {
  const written = digestOf(content);
  const { state, content: found } = await readState(files, path);
  if (state.kind !== "file" && state.kind !== "absent") throw notRegular(path);
  if (state.kind === "file" && state.digest === written) return "done";
  const directories = await missingParents(files, path);
  const before = found && { content: textOf(found, path), mode: (await files.status(path))?.mode ?? 0o644 };
  return [
    ...directories.map((directory) => ({ kind: "remove-directory", path: directory }) as const),
    { kind: "restore-file", path, written, ...defined({ before }) } as const,
  ];
}

/** The record is text: what it could not restore byte for byte is not replaced. */
function textOf(content: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw fixFailure(path, "it is not text");
  }
}

async function undoOfRestricting({ path, ...step }: Extract<FixStep, { kind: "restrict-file" }>, { files }: FixPorts) {
  const status = await files.status(path);
  if (status === undefined) return "done";
  // The mode of a link says nothing about the file behind it.
  if (status.kind !== "file") throw notRegular(path);
  const { mode } = status;
  const restricted = mode & step.mode;
  if (restricted === mode) return "done";
  const content = digestOf(await files.read(path));
  return [{ kind: "restore-mode", path, mode, restricted, content } as const];
}

export function notRegular(path: string) {
  return fixFailure(path, "it is not a regular file");
}
