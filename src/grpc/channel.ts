import { abortable, throwIfAborted } from "../async/signal.ts";
import { started } from "../async/started.ts";
import type { ByteSocket } from "../sockets/byte-socket.ts";
import { defined } from "../values/defined.ts";

import { type Answer, type Http2Connection, http2Connection } from "./connection.ts";
import { messagesOf } from "./message-stream.ts";
import { decodeGrpcMessage, GrpcError, statusOf, statusOfHttp } from "./status.ts";

/** gRPC calls over one connection, which the first call opens and a later call replaces after it broke. */
export interface GrpcChannel {
  /** `method` is "/package.Service/Method". Throws GrpcError, or the signal's reason. */
  unary(method: string, message: Uint8Array, options: GrpcCallOptions): Promise<Uint8Array>;
  /**
   * Makes a call that is answered by a stream of messages. The server is slowed down to the pace of the caller, and so is
   * every other call on the channel. Throws as `unary` does; if the caller stops early, the call is canceled.
   */
  serverStream(method: string, message: Uint8Array, options: GrpcStreamOptions): AsyncIterable<Uint8Array>;
  close(): void;
}

/** The longest wait that both `setTimeout` and the eight digits of `grpc-timeout` can express: just over a day. */
const longestTimeoutMs = 99_999_999;

/** The server of a channel, and how to connect to it. */
export interface GrpcTarget {
  readonly scheme: "http" | "https";
  /** The `:authority` of requests. */
  readonly authority: string;
  /** A socket on which HTTP/2 may be spoken. Throws GrpcError, or the signal's reason. */
  dial(signal: AbortSignal): Promise<ByteSocket>;
}

export interface GrpcCallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for one answer, including the time to connect. */
  readonly timeoutMs: number;
  /** Maximum bytes of the answer: GrpcError ResourceExhausted beyond that. By default, and at most, 16 MiB. */
  readonly maxAnswerBytes?: number;
  /** Further headers of the request. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface GrpcStreamOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until the first message, connecting included, and from one message to the next. */
  readonly idleTimeoutMs: number;
}

/** A channel to a server: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export function grpcChannel(target: GrpcTarget): GrpcChannel {
  const closing = new AbortController();
  let current: { readonly connecting: Promise<Http2Connection>; connection?: Http2Connection } | undefined;
  let closed = false;

  const connection = async (): Promise<Http2Connection> => {
    if (closed) throw new GrpcError("Canceled", "grpc: the client connection is closing");
    if (current === undefined || (current.connection !== undefined && !current.connection.isUsable)) {
      const opening = { connecting: started(target.dial(closing.signal).then(http2Connection)) };
      current = opening;
      try {
        current.connection = await opening.connecting;
      } catch (error) {
        if (current === opening) current = undefined;
        throw error;
      }
    }
    return current.connecting;
  };

  return {
    unary: (method, message, options) => {
      const timeoutMs = Math.min(Math.max(Math.ceil(options.timeoutMs), 1), longestTimeoutMs);
      return withDeadline(timeoutMs, options.signal, async (signal) => {
        const connected = await abortable(connection(), signal);
        const headers = { ...requestHeaders(target, method), "grpc-timeout": `${timeoutMs}m`, ...options.metadata };
        const { maxAnswerBytes } = options;
        const request = { headers, body: framed(message), ...defined({ maxAnswerBytes }) };
        return messageOf(await connected.exchange(request, signal));
      });
    },
    serverStream: (method, message, options) =>
      messagesOf({
        ...options,
        exchange: async (receive, signal) => {
          const connected = await abortable(connection(), signal);
          const headers = requestHeaders(target, method);
          requireSuccess(await connected.exchange({ headers, body: framed(message), receive }, signal));
        },
      }),
    close: () => {
      closed = true;
      closing.abort();
      current?.connecting.then((connected) => connected.close()).catch(() => undefined);
    },
  };
}

async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new GrpcError("DeadlineExceeded", "context deadline exceeded"));
  }, timeoutMs);
  try {
    return await work(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function requestHeaders({ scheme, authority }: GrpcTarget, method: string): Record<string, string> {
  return {
    ":method": "POST",
    ":scheme": scheme,
    ":path": method,
    ":authority": authority,
    te: "trailers",
    "content-type": "application/grpc",
  };
}

/** Flag byte (0: not compressed), length, message. */
function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return frame;
}

/** Throws unless the call ended with status OK. */
function requireSuccess(answer: Answer): void {
  const code = answer.trailers.get("grpc-status");
  if (code === undefined) throw notGrpc(answer);
  if (code !== "0") throw new GrpcError(statusOf(code), decodeGrpcMessage(answer.trailers.get("grpc-message") ?? ""));
}

function messageOf(answer: Answer): Uint8Array {
  requireSuccess(answer);
  const { body } = answer;
  if (body.length < 5) throw new GrpcError("Internal", "the response has no message");
  if (body[0] !== 0) throw new GrpcError("Internal", "the response is compressed, which was not offered");
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1);
  if (length !== body.length - 5) throw new GrpcError("Internal", "the response is not exactly one message");
  return body.subarray(5);
}

function notGrpc({ headers }: Answer): GrpcError {
  const status = Number(headers.get(":status"));
  const type = headers.get("content-type") ?? "";
  if (status !== 200) {
    return new GrpcError(statusOfHttp(status), `unexpected HTTP status code received from server: ${status}`);
  }
  return type.startsWith("application/grpc")
    ? new GrpcError("Internal", "server closed the stream without sending trailers")
    : new GrpcError("Unknown", `unexpected content-type ${JSON.stringify(type)}`);
}
