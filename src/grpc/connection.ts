import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import type { Duplex } from "node:stream";
import { abortReason, throwIfAborted } from "../async/signal.ts";
import type { ByteSocket } from "../sockets/byte-socket.ts";
import { type ByteCollector, byteCollector } from "./byte-collector.ts";
import { GrpcError } from "./status.ts";

/** A server's answer to one request: headers, the whole body, and trailers (the headers if there were none). */
export interface Answer {
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly trailers: Headers;
}

type Headers = ReadonlyMap<string, string>;

export interface Exchange {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /**
   * Receives the parts of the answer's body as they arrive; `Answer.body` is then empty, and has no maximum size. The
   * connection accepts nothing more until the promise resolves, so such a call needs its own connection. A
   * rejection ends the call.
   */
  readonly receive?: (part: Uint8Array) => Promise<void>;
  /** Maximum bytes of the answer's body, if that is less than usual. */
  readonly maxAnswerBytes?: number;
}

/** An HTTP/2 connection for calls with small answers, or for one call whose answer is received in parts. */
export interface Http2Connection {
  /** False after the server hung up, or announced that it will. */
  readonly isUsable: boolean;
  /** Rejects with GrpcError (Unavailable, Canceled, Internal, ResourceExhausted), or with the signal's reason. */
  exchange(request: Exchange, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** Maximum size of an answer, same as in the kubelet's and crictl's clients. */
const maxBodyBytes = 16 * 1024 * 1024;

/** Maximum frame size that a server may send, since we do not offer a larger one. */
const maxFramePayload = 16_384;

/**
 * Maximum bytes, other than bodies, that a server may send between two answers: frame headers, padding, pings,
 * settings, header blocks. An answer needs a few hundred of them. Without this limit, a server that sends nothing else
 * could use up our time or memory.
 */
const maxOverheadBytes = 1024 * 1024;
/** A body received in parts may be of any size; this share of it may be overhead. Frames of 16 KiB need 1/1800. */
const overheadShare = 1 / 64;
/** Maximum bytes that wait while the connection accepts nothing. The window of HTTP/2 keeps an honest server far below. */
const maxHeldBytes = 4 * 1024 * 1024;

const errorCode = { noError: 0, refusedStream: 7, cancel: 8 } as const;

interface Call {
  readonly stream: ClientHttp2Stream;
  headers?: Headers;
  trailers?: Headers;
  readonly body: ByteCollector;
  readonly receive: Exchange["receive"];
  readonly maxBytes: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** The state of a connection. */
interface State {
  readonly socket: ByteSocket;
  readonly session: ClientHttp2Session;
  readonly calls: Set<Call>;
  /** Why no more calls can be made. */
  failure?: GrpcError;
  /** The server's first frame has arrived. */
  greeted: boolean;
  overheadBytes: number;
  /** Parts that a call has not received yet; while there are any, input is held back. */
  pendingParts: number;
  held: Uint8Array[];
  heldBytes: number;
  /** Passes on the input that was held back. */
  release: () => void;
}

/** Takes over a connected socket and starts HTTP/2 on it, with the runtime's own implementation. */
export async function http2Connection(socket: ByteSocket): Promise<Http2Connection> {
  const [{ connect }, { Duplex }] = await Promise.all([import("node:http2"), import("node:stream")]);
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => undefined,
    write: (bytes: Uint8Array, _encoding, done) => {
      socket.write(bytes);
      done();
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  const session = connect("http://localhost", {
    createConnection: () => stream,
    // No stream needs a window update: its window holds the largest answer.
    settings: { enablePush: false, initialWindowSize: maxBodyBytes + maxFramePayload },
  });
  const state: State = {
    socket,
    session,
    calls: new Set(),
    greeted: false,
    overheadBytes: 0,
    pendingParts: 0,
    held: [],
    heldBytes: 0,
    release: () => undefined,
  };
  watchSession(state);
  feed(state, stream);
  return {
    get isUsable() {
      return state.failure === undefined;
    },
    close: () => fail(state, new GrpcError("Canceled", "grpc: the client connection is closing")),
    exchange: (request, signal) => exchange(state, request, signal),
  };
}

/** Passes bytes from the socket to the session, as long as it should receive them. */
function feed(state: State, stream: Duplex): void {
  let first: Uint8Array = new Uint8Array(0);
  let reason: Error | undefined;
  let hasEnded = false;
  const endInput = () => {
    if (hasEnded && state.held.length === 0) stream.push(null);
  };
  state.release = () => {
    while (state.pendingParts === 0) {
      const bytes = state.held.shift();
      if (bytes === undefined) return endInput();
      state.heldBytes -= bytes.length;
      accept(bytes);
    }
  };
  const accept = (bytes: Uint8Array) => {
    if (stream.destroyed) return;
    state.overheadBytes += bytes.length;
    if (state.greeted) {
      stream.push(bytes);
    } else {
      first = Buffer.concat([first, bytes]);
      if (first.length < frameHeaderLength) return;
      const problem = greetingProblem(first);
      if (problem !== undefined) return fail(state, brokenError(state, problem));
      state.greeted = true;
      stream.push(first);
    }
    if (state.overheadBytes > maxOverheadBytes) fail(state, brokenError(state, "http2: too much without content"));
  };
  state.socket.listen({
    onData: (bytes) => {
      if (state.pendingParts === 0 && state.held.length === 0) return accept(bytes);
      state.held.push(bytes);
      state.heldBytes += bytes.length;
      if (state.heldBytes > maxHeldBytes) fail(state, brokenError(state, "http2: flow control is ignored"));
    },
    // Answers that came with the end are still on their way through the session.
    onClose: (error) => {
      reason = error;
      hasEnded = true;
      endInput();
      // A session that was told to go away may read nothing more, and then never learns of the end.
      setImmediate(() => setImmediate(() => state.failure !== undefined && fail(state, state.failure)));
    },
  });
  stream.on("error", (error) => (reason ??= error));
  state.session.on("close", () => fail(state, brokenError(state, reason?.message ?? "EOF", reason)));
}

const frameHeaderLength = 9;
const settingsFrame = 4;

/** Returns why these cannot be the first bytes of an HTTP/2 server: as a frame, bytes of HTTP/1 would be 4 MB long. */
function greetingProblem(bytes: Uint8Array): string | undefined {
  const start = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (start >>> 8 > maxFramePayload) return "http2: frame too large";
  return (start & 0xff) === settingsFrame ? undefined : "http2: the server does not begin with SETTINGS";
}

function watchSession(state: State): void {
  const { session } = state;
  session.on("error", (error: Error) => fail(state, brokenError(state, error.message, error)));
  session.on("goaway", (_code, lastStreamId, opaqueData: Uint8Array | undefined) => {
    const debug = new TextDecoder().decode(opaqueData);
    const failure = new GrpcError("Unavailable", `the connection is draining${debug === "" ? "" : `: ${debug}`}`);
    state.failure ??= failure;
    for (const call of state.calls) {
      if ((call.stream.id ?? Number.POSITIVE_INFINITY) > lastStreamId) end(state, call, failure);
    }
    closeIfSpent(state);
  });
}

async function exchange(state: State, request: Exchange, signal: AbortSignal): Promise<Answer> {
  throwIfAborted(signal);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call: Call = {
    stream: opened(state, request),
    body: byteCollector(),
    receive: request.receive,
    maxBytes: Math.min(request.maxAnswerBytes ?? maxBodyBytes, maxBodyBytes),
    resolve,
    reject,
  };
  state.calls.add(call);
  watchCall(state, call);
  const onAbort = () => abandon(state, call, abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function opened(state: State, { headers, body }: Exchange): ClientHttp2Stream {
  if (state.failure !== undefined) throw state.failure;
  try {
    const stream = state.session.request(headers);
    stream.end(body);
    return stream;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw brokenError(state, error.message, error);
  }
}

function watchCall(state: State, call: Call): void {
  const { stream } = call;
  stream.on("response", (headers) => {
    call.headers = textsOf(headers);
  });
  stream.on("trailers", (headers) => {
    call.trailers = textsOf(headers);
  });
  stream.on("data", (chunk: Uint8Array) => {
    state.overheadBytes -= chunk.length;
    if (call.receive !== undefined) return receivePart(state, call, chunk);
    const received = call.body.length + chunk.length;
    if (received <= call.maxBytes) return call.body.add(chunk);
    const description = `grpc: received message larger than max (${received} vs. ${call.maxBytes})`;
    abandon(state, call, new GrpcError("ResourceExhausted", description));
  });
  stream.on("end", () => {
    if (call.trailers !== undefined || call.headers?.has("grpc-status")) finish(state, call);
  });
  // The event that always follows reports it.
  stream.on("error", () => undefined);
  stream.on("close", () => {
    // A session that ends also ends its streams, and reports the reason after that.
    if (state.session.destroyed) return;
    if (stream.rstCode === errorCode.noError) finish(state, call);
    else end(state, call, resetError(stream.rstCode));
  });
}

/** Hands over a part of a body, and holds back further input meanwhile. */
function receivePart(state: State, call: Call, part: Uint8Array): void {
  state.overheadBytes -= part.length * overheadShare;
  state.pendingParts++;
  const done = () => {
    state.pendingParts--;
    state.release();
  };
  call.receive?.(part).then(done, (error: unknown) => {
    abandon(state, call, error);
    done();
  });
}

function textsOf(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): Headers {
  return new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** Ends the connection and all calls on it. */
function fail(state: State, error: GrpcError): void {
  state.failure ??= error;
  for (const call of state.calls) call.reject(state.failure);
  state.calls.clear();
  state.held = [];
  state.session.destroy();
  state.socket.destroy();
}

function finish(state: State, call: Call): void {
  const headers = call.headers ?? new Map<string, string>();
  call.resolve({ headers, body: call.body.bytes(), trailers: call.trailers ?? headers });
  state.overheadBytes = 0;
  state.calls.delete(call);
  closeIfSpent(state);
}

function end(state: State, call: Call, error: unknown): void {
  call.reject(error);
  state.calls.delete(call);
  closeIfSpent(state);
}

/** Asks the server to stop an answer that is no longer needed. */
function abandon(state: State, call: Call, error: unknown): void {
  if (!state.calls.has(call)) return;
  call.stream.close(errorCode.cancel);
  end(state, call, error);
}

/** Closes a connection that accepts no more calls after its last one: nothing else would close it. */
function closeIfSpent(state: State): void {
  if (state.failure !== undefined && state.calls.size === 0) fail(state, state.failure);
}

/** The mapping of the gRPC protocol document, "HTTP2 Errors". */
function resetError(code: number): GrpcError {
  const description = `stream terminated by RST_STREAM with error code: ${code}`;
  if (code === errorCode.cancel) return new GrpcError("Canceled", description);
  return new GrpcError(code === errorCode.refusedStream ? "Unavailable" : "Internal", description);
}

function brokenError({ greeted }: State, reason: string, cause?: Error): GrpcError {
  return greeted
    ? new GrpcError("Unavailable", `error reading from server: ${reason}`, cause)
    : new GrpcError("Unavailable", `connection error: desc = "error reading server preface: ${reason}"`, cause);
}
