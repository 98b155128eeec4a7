import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Host } from "../../../host/host.ts";
import type { FixRecord } from "./fix-record.ts";

/** What fixes are made with, and taken back. */
export interface FixPorts extends Pick<Host, "files" | "commands" | "services"> {
  readonly record: FixRecord;
  readonly signal: AbortSignal;
}

const timeoutMs = 30_000;

/** Throws DOCTOR_FIX_FAILED with what the program said, and CommandError. */
export async function runProgram(
  argv: readonly [string, ...string[]],
  { commands, signal }: FixPorts,
): Promise<undefined> {
  const { exitCode, stderr } = await commands.run(argv, { signal, timeoutMs });
  if (exitCode !== 0) throw fixFailure(argv.join(" "), `exit status ${exitCode}: ${stderr.trim()}`);
}

/** Returns undefined if the kernel has no such parameter. Throws CommandError. */
export async function kernelParameter(name: string, { commands, signal }: FixPorts): Promise<string | undefined> {
  const { exitCode, stdout } = await commands.run(["sysctl", "-n", name], { signal, timeoutMs, readOnly: true });
  const value = stdout.trim();
  return exitCode !== 0 || value === "" ? undefined : value;
}

export function setKernelParameter(name: string, value: string, ports: FixPorts): Promise<undefined> {
  return runProgram(["sysctl", "-w", `${name}=${value}`], ports);
}

export function fixFailure(what: string, why: string): KubeadmError {
  return new KubeadmError("DOCTOR_FIX_FAILED", `${what}: ${why}`);
}
