import type { SizeLimit } from "./text-lines.ts";
import { type HttpRequest, TransportError } from "./transport.ts";

/** Bytes of an answer that are taken unless its reader takes less; a Kubernetes object is at most 1.5 MiB in etcd. */
export const maxBodyBytes = 32 * 1024 * 1024;

/** What is sent with every request: an answer that unfolds could be of any size, so none is asked for. */
export const plainEncoding = { "accept-encoding": "identity" } as const;

/** The timers of one request. */
export interface RequestTimers {
  /** Something of the answer has come. */
  heard(): void;
  stop(): void;
}

/**
 * Calls `expire` when the request takes longer than `timeoutMs`, however much of its answer has come by then, or when
 * nothing has come for `silenceMs`.
 */
export function requestTimers({ timeoutMs, silenceMs }: HttpRequest, expire: () => void): RequestTimers {
  const whole = setTimeout(expire, timeoutMs);
  const listen = () => (silenceMs === undefined ? undefined : setTimeout(expire, silenceMs));
  let silence = listen();
  return {
    heard: () => {
      clearTimeout(silence);
      silence = listen();
    },
    stop: () => {
      clearTimeout(whole);
      clearTimeout(silence);
    },
  };
}

/** The error for an answer in an encoding, although none was asked for; undefined for one without. */
export function encodingProblem(url: string, headers: Readonly<Record<string, string>>): TransportError | undefined {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding === "identity" || encoding === "") return undefined;
  const message = `the answer of ${url} is encoded (${encoding}), which was not asked for`;
  return new TransportError("malformed-answer", url, message);
}

export function sizeLimit(url: string, maxBytes: number): SizeLimit {
  const message = `the answer of ${url} is longer than ${maxBytes} bytes`;
  return { maxBytes, onTooLong: () => new TransportError("malformed-answer", url, message) };
}
