import { isKubeadmError, KubeadmError } from "../errors/kubeadm-error.ts";

export type InterruptingSignal = "SIGINT" | "SIGTERM";

/** 128 + the signal's number, as shells count. */
const statuses: Readonly<Record<InterruptingSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Returns the reason to abort a run with when the program gets a signal. */
export function interruption(signal: InterruptingSignal): KubeadmError {
  return new KubeadmError("CANCELLED", "interrupted", { details: { signal } });
}

export function exitStatusOf(error: unknown): number {
  if (!isKubeadmError(error) || error.code !== "CANCELLED") return 1;
  const { signal } = error.details;
  return signal === "SIGINT" || signal === "SIGTERM" ? statuses[signal] : 1;
}

export function exitStatusOfSignal(signal: InterruptingSignal): number {
  return statuses[signal];
}
