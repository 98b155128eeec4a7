import type { SizeLimit } from "./text-lines.ts";
import { type HttpRequest, TransportError } from "./transport.ts";

/** Maximum bytes of an answer unless its reader sets a lower limit; a Kubernetes object is at most 1.5 MiB in etcd. */
export const maxBodyBytes = 32 * 1024 * 1024;

/** Sent with every request: a compressed answer could expand to any size, so none is requested. */
export const plainEncoding = { "accept-encoding": "identity" } as const;

/** The timers of one request. */
export interface RequestTimers {
  /** Part of the answer has arrived. */
  received(): void;
  stop(): void;
}

/**
 * Calls `expire` when the request takes longer than `timeoutMs`, even if part of its answer has arrived, or when
 * nothing has arrived for `idleTimeoutMs`.
 */
export function requestTimers({ timeoutMs, idleTimeoutMs }: HttpRequest, expire: () => void): RequestTimers {
  const whole = setTimeout(expire, timeoutMs);
  const startIdleTimer = () => (idleTimeoutMs === undefined ? undefined : setTimeout(expire, idleTimeoutMs));
  let idle = startIdleTimer();
  return {
    received: () => {
      clearTimeout(idle);
      idle = startIdleTimer();
    },
    stop: () => {
      clearTimeout(whole);
      clearTimeout(idle);
    },
  };
}

/** Returns the error for an encoded answer, since no encoding was requested; undefined if the answer is not encoded. */
export function encodingProblem(url: string, headers: Readonly<Record<string, string>>): TransportError | undefined {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding === "identity" || encoding === "") return undefined;
  const message = `the response from ${url} is encoded (${encoding}), which was not requested`;
  return new TransportError("malformed-answer", url, message);
}

export function sizeLimit(url: string, maxBytes: number): SizeLimit {
  const message = `the response from ${url} is longer than ${maxBytes} bytes`;
  return { maxBytes, onTooLong: () => new TransportError("malformed-answer", url, message) };
}
