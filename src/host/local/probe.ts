import { connect } from "node:tls";
import { endpointOf, portOf } from "../../addresses/url-address.ts";
import { abortReason, throwIfAborted } from "../../async/signal.ts";
import type { ByteSocket } from "../../sockets/byte-socket.ts";
import { connected, connectSocket } from "../../sockets/local-sockets.ts";
import { offeredSignatures } from "../../sockets/signature-algorithms.ts";
import { type HttpProbe, NetworkError } from "../host.ts";
import { errnoOf, reasonOf } from "../system-errors.ts";

const maxAnswerLength = 1024 * 1024;

interface ProbeOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Sends one GET in HTTP/1.0 over its own socket. It does not use an HTTP client: those of both runtimes take proxies
 * from the environment under some setting or another, and a health endpoint of this machine must never be reached
 * through a proxy. HTTP/1.0 keeps the answer simple: it ends with the connection and is never chunked.
 */
export async function probe(url: string, { signal, timeoutMs }: ProbeOptions): Promise<HttpProbe> {
  throwIfAborted(signal);
  const target = new URL(url);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const answer = parseAnswer(await exchange(target, AbortSignal.any([signal, deadline.signal])));
    if (answer === undefined) throw failure("reset", target, "EOF");
    return answer;
  } catch (error) {
    if (signal.aborted) throw abortReason(signal);
    if (deadline.signal.aborted) throw failure("timed-out", target, "context deadline exceeded");
    throw error instanceof NetworkError ? error : failure(codeOf(error), target, wordsOf(error, target), error);
  } finally {
    clearTimeout(timer);
  }
}

async function open(target: URL, signal: AbortSignal): Promise<ByteSocket> {
  const address = endpointOf(target);
  if (target.protocol !== "https:") return connectSocket(address, signal);
  const socket = connect({ ...address, rejectUnauthorized: false, ...offeredSignatures });
  return connected(socket, { event: "secureConnect", signal });
}

async function exchange(target: URL, signal: AbortSignal): Promise<string> {
  const socket = await open(target, signal);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  const decoder = new TextDecoder();
  let answer = "";
  socket.listen({
    onData: (bytes) => {
      answer += decoder.decode(bytes, { stream: true });
      if (answer.length >= maxAnswerLength) resolve(answer.slice(0, maxAnswerLength));
    },
    onClose: (error) => (error === undefined ? resolve(answer) : reject(error)),
  });
  socket.write(
    new TextEncoder().encode(
      `GET ${target.pathname}${target.search} HTTP/1.0\r\nHost: ${target.host}\r\nUser-Agent: kubeadm\r\n\r\n`,
    ),
  );
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}

/** Undefined for bytes that are not an HTTP answer, including none at all. */
function parseAnswer(answer: string): HttpProbe | undefined {
  const [, status] = /^HTTP\/1\.[01] ([0-9]{3})[ \r\n]/.exec(answer) ?? [];
  const headEnd = answer.indexOf("\r\n\r\n");
  if (status === undefined || headEnd < 0) return undefined;
  return { status: Number(status), body: answer.slice(headEnd + 4) };
}

function failure(code: NetworkError["code"], target: URL, reason: string, cause?: unknown): NetworkError {
  return new NetworkError(code, `Get "${target.href}": ${reason}`, cause);
}

function codeOf(error: unknown): NetworkError["code"] {
  const codes: Readonly<Record<string, NetworkError["code"]>> = {
    ECONNREFUSED: "refused",
    ECONNRESET: "reset",
    EPIPE: "reset",
    EHOSTUNREACH: "unreachable",
    ENETUNREACH: "unreachable",
    ETIMEDOUT: "timed-out",
    ENOTFOUND: "not-found",
  };
  return codes[errnoOf(error)] ?? "other";
}

/** `dial tcp 127.0.0.1:10248: connect: connection refused`, as Go's net package words it. */
function wordsOf(error: unknown, target: URL): string {
  if (codeOf(error) === "not-found") return `dial tcp: lookup ${target.hostname}: no such host`;
  const isConnecting = error instanceof Error && "syscall" in error && error.syscall === "connect";
  if (!isConnecting && codeOf(error) !== "refused") return reasonOf(error);
  return `dial tcp ${target.hostname}:${portOf(target)}: connect: ${reasonOf(error)}`;
}
