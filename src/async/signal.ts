import { KubeadmError } from "../errors/kubeadm-error.ts";
import { started } from "./started.ts";

/**
 * Throws the reason of an aborted signal: a CANCELLED KubeadmError unless the signal was aborted with another error.
 */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortReason(signal);
}

export function abortReason(signal: AbortSignal): Error {
  return isAbort(signal.reason) || !(signal.reason instanceof Error)
    ? new KubeadmError("CANCELLED", "interrupted")
    : signal.reason;
}

function isAbort(reason: unknown): boolean {
  return reason instanceof Error && reason.name === "AbortError";
}

/**
 * Settles as `promise` does, or rejects immediately when the signal aborts; the outcome of the promise is then ignored.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Even if the signal was already aborted: nobody awaits the outcome then.
  void started(promise);
  throwIfAborted(signal);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
