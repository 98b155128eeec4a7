import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import type { Duplex } from "node:stream";
import { abortReason, throwIfAborted } from "../async/signal.ts";
import type { ByteSocket } from "../sockets/sockets.ts";
import { type ByteCollector, byteCollector } from "./byte-collector.ts";
import { GrpcError } from "./status.ts";

/** What a server answered to one request: its headers, all of its body, and the trailers (the headers, if there were none). */
export interface Answer {
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly trailers: Headers;
}

type Headers = ReadonlyMap<string, string>;

export interface Exchange {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** An HTTP/2 connection for unary calls whose answers are small. */
export interface Http2Connection {
  /** False once the server hung up, or said that it is about to. */
  readonly isUsable: boolean;
  /** Rejects with GrpcError (Unavailable, Canceled, Internal, ResourceExhausted), or with the signal's reason. */
  exchange(request: Exchange, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** Largest answer, as the kubelet's and crictl's clients limit it too. */
const maxBodyBytes = 16 * 1024 * 1024;

/** Largest frame that a server may send, since we offer no other. */
const maxFramePayload = 16_384;

/**
 * What a server may send from one answer to the next beside bodies: frame headers, padding, pings, settings, header blocks.
 * An answer needs some hundred bytes of it. A server that sends nothing else keeps us busy, or our memory.
 */
const maxOverheadBytes = 1024 * 1024;

const errorCode = { noError: 0, refusedStream: 7, cancel: 8 } as const;

interface Call {
  readonly stream: ClientHttp2Stream;
  headers?: Headers;
  trailers?: Headers;
  readonly body: ByteCollector;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** What a connection has to remember. */
interface State {
  readonly socket: ByteSocket;
  readonly session: ClientHttp2Session;
  readonly calls: Set<Call>;
  /** Why no call can be made any more. */
  failure?: GrpcError;
  /** The server's first frame has come. */
  greeted: boolean;
  overheadBytes: number;
}

/** Takes over a connected socket and speaks HTTP/2 on it at once, by the runtime's own implementation. */
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
    // No stream ever has to be topped up: its window holds the largest answer.
    settings: { enablePush: false, initialWindowSize: maxBodyBytes + maxFramePayload },
  });
  const state: State = { socket, session, calls: new Set(), greeted: false, overheadBytes: 0 };
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

/** Gives the session what comes from the socket, as long as there is reason to. */
function feed(state: State, stream: Duplex): void {
  let first: Uint8Array = new Uint8Array(0);
  let reason: Error | undefined;
  state.socket.listen({
    onData: (bytes) => {
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
    },
    // Answers that came with the end are still on their way through the session.
    onClose: (error) => {
      reason = error;
      stream.push(null);
    },
  });
  stream.on("error", (error) => (reason ??= error));
  state.session.on("close", () => fail(state, brokenError(state, reason?.message ?? "EOF", reason)));
}

const frameHeaderLength = 9;
const settingsFrame = 4;

/** Why these are not the first bytes of an HTTP/2 server: of HTTP/1 they are a frame of 4 MB. */
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
  const call: Call = { stream: opened(state, request), body: byteCollector(), resolve, reject };
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
    const received = call.body.length + chunk.length;
    if (received <= maxBodyBytes) return call.body.add(chunk);
    const description = `grpc: received message larger than max (${received} vs. ${maxBodyBytes})`;
    abandon(state, call, new GrpcError("ResourceExhausted", description));
  });
  stream.on("end", () => {
    if (call.trailers !== undefined || call.headers?.has("grpc-status")) finish(state, call);
  });
  // Told by the event that always follows.
  stream.on("error", () => undefined);
  stream.on("close", () => {
    // A session that ends takes its streams with it, and tells why after that.
    if (state.session.destroyed) return;
    if (stream.rstCode === errorCode.noError) finish(state, call);
    else end(state, call, resetError(stream.rstCode));
  });
}

function textsOf(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): Headers {
  return new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** Ends the connection and all that goes on over it. */
function fail(state: State, error: GrpcError): void {
  state.failure ??= error;
  for (const call of state.calls) call.reject(state.failure);
  state.calls.clear();
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

/** Tells the server to stop an answer that nobody waits for any more. */
function abandon(state: State, call: Call, error: unknown): void {
  if (!state.calls.has(call)) return;
  call.stream.close(errorCode.cancel);
  end(state, call, error);
}

/** A connection that takes no more calls is closed after its last one: nobody else would. */
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
