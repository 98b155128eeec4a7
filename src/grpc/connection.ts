import { abortReason, throwIfAborted } from "../async/signal.ts";
import type { ByteSocket } from "../sockets/sockets.ts";
import { type ByteCollector, byteCollector } from "./byte-collector.ts";
import {
  clientPreface,
  concatBytes,
  encodeFrame,
  type Frame,
  frameFlag,
  framePayload,
  frameSplitter,
  frameType,
  Http2ProtocolError,
  maxFramePayload,
  readUint32,
  uint32,
} from "./frames.ts";
import { encodeHeaders, type Headers, HpackError, hpackDecoder } from "./hpack.ts";
import { GrpcError } from "./status.ts";

/** What a server answered to one request: its headers, all of its body, and the trailers (the headers, if there were none). */
export interface Answer {
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly trailers: Headers;
}

export interface Exchange {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** An HTTP/2 connection to a server whose answers are small: enough of RFC 9113 for unary calls as a client. */
export interface Http2Connection {
  /**
   * "spent": what may be sent without waiting is used up, another connection takes the next call; "broken": the server
   * hung up or is about to.
   */
  readonly condition: "usable" | "spent" | "broken";
  /** Rejects with GrpcError (Unavailable, Canceled, Internal, ResourceExhausted), or with the signal's reason. */
  exchange(request: Exchange, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** Largest answer, as the kubelet's and crictl's clients limit it too. */
const maxBodyBytes = 16 * 1024 * 1024;

/** Frames that one header block may have: 64 KiB, far above any grpc-message. */
const maxHeaderParts = 4;

/**
 * Frames without content that a connection may have. A call has some four (headers, trailers, an update, a ping), and
 * connections serve some hundreds of calls.
 */
const mostIdleFrames = 20_000;

const setting = { enablePush: 2, initialWindowSize: 4 } as const;
const errorCode = { noError: 0, refusedStream: 7, cancel: 8 } as const;

interface Stream {
  headers?: Headers;
  trailers?: Headers;
  readonly body: ByteCollector;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** What a connection has to remember. */
interface State {
  readonly socket: ByteSocket;
  readonly streams: Map<number, Stream>;
  readonly decode: (block: Uint8Array) => Headers;
  nextStreamId: number;
  /** Why no call can be made any more. */
  failure?: GrpcError;
  /** Bytes that were taken and that the server does not know of yet. */
  untold: number;
  /** Frames that brought no body forward. */
  idleFrames: number;
  /** The server's first frame has come. */
  greeted: boolean;
  /**
   * Bytes of request bodies that the server takes before it has to ask for more (RFC 9113, section 6.9.2). Requests are a
   * few hundred bytes, so waiting for more is not worth the code: a connection that ran dry is replaced.
   */
  sendWindow: number;
  /** The window ran dry once: another connection is in use now, even if this one could go on. */
  spent: boolean;
  /** A header block whose END_HEADERS is still to come; nothing may stand between its frames. */
  unfinished?: { readonly start: Frame; readonly parts: Uint8Array[] } | undefined;
}

/** Takes a connected socket over and speaks HTTP/2 on it at once: unix sockets have no TLS that could negotiate it. */
export function http2Connection(socket: ByteSocket): Http2Connection {
  const state: State = {
    socket,
    streams: new Map(),
    decode: hpackDecoder(),
    nextStreamId: 1,
    untold: 0,
    idleFrames: 0,
    greeted: false,
    sendWindow: 65_535,
    spent: false,
  };
  // Before what the server has said already is listened to: an answer to it must not come before the preface.
  socket.write(clientPreface);
  send(state, frameType.settings, { payload: ourSettings() });
  const split = frameSplitter();
  socket.listen({
    onData: (bytes) => {
      try {
        for (const frame of split(bytes)) onFrame(state, frame);
      } catch (error) {
        if (!(error instanceof Http2ProtocolError || error instanceof HpackError)) throw error;
        fail(state, brokenError(state, error.message));
      }
    },
    onClose: (error) => fail(state, brokenError(state, error?.message ?? "EOF", error)),
  });
  return {
    get condition() {
      return conditionOf(state);
    },
    close: () => fail(state, new GrpcError("Canceled", "grpc: the client connection is closing")),
    exchange: (request, signal) => exchange(state, request, signal),
  };
}

function conditionOf({ failure, spent }: State): Http2Connection["condition"] {
  if (failure !== undefined) return "broken";
  return spent ? "spent" : "usable";
}

async function exchange(state: State, request: Exchange, signal: AbortSignal): Promise<Answer> {
  throwIfAborted(signal);
  const block = encodeHeaders(request.headers);
  if (block.length > maxFramePayload || request.body.length > maxFramePayload) {
    throw new GrpcError("ResourceExhausted", `the request has more than ${maxFramePayload} bytes`);
  }
  if (state.failure !== undefined) throw state.failure;
  const streamId = state.nextStreamId;
  state.nextStreamId += 2;
  state.sendWindow -= request.body.length;
  if (state.sendWindow < maxFramePayload) state.spent = true;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  state.streams.set(streamId, { body: byteCollector(), resolve, reject });
  const onAbort = () => abandon(state, streamId, abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  send(state, frameType.headers, { flags: frameFlag.endHeaders, streamId, payload: block });
  send(state, frameType.data, { flags: frameFlag.endStream, streamId, payload: request.body });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function send({ socket }: State, type: number, frame: Partial<Omit<Frame, "type">>): void {
  socket.write(encodeFrame({ type, flags: 0, streamId: 0, payload: new Uint8Array(0), ...frame }));
}

/** Ends the connection and all that goes on over it. */
function fail(state: State, error: GrpcError): void {
  state.failure ??= error;
  state.socket.destroy();
  for (const stream of state.streams.values()) stream.reject(error);
  state.streams.clear();
}

function finish(state: State, streamId: number, stream: Stream): void {
  state.streams.delete(streamId);
  const headers = stream.headers ?? new Map<string, string>();
  stream.resolve({ headers, body: stream.body.bytes(), trailers: stream.trailers ?? headers });
  closeIfSpent(state);
}

/** A connection that takes no more calls is closed after its last one: nobody else would. */
function closeIfSpent(state: State): void {
  if (conditionOf(state) !== "usable" && state.streams.size === 0) state.socket.destroy();
}

/** Tells the server to stop an answer that nobody waits for any more. */
function abandon(state: State, streamId: number, error: unknown): void {
  const stream = state.streams.get(streamId);
  if (!state.streams.delete(streamId)) return;
  if (!state.socket.destroyed) send(state, frameType.rstStream, { streamId, payload: uint32(errorCode.cancel) });
  stream?.reject(error);
  closeIfSpent(state);
}

function onFrame(state: State, frame: Frame): void {
  if (!state.greeted && frame.type !== frameType.settings) {
    throw new Http2ProtocolError("http2: the server does not begin with SETTINGS");
  }
  state.greeted = true;
  if (state.unfinished !== undefined && frame.type !== frameType.continuation) {
    throw new Http2ProtocolError("http2: a header block is interrupted");
  }
  // Section 4.1: frames of unknown types are ignored.
  (frameHandlers.get(frame.type) ?? countIdle)(state, frame);
}

const frameHandlers: ReadonlyMap<number, (state: State, frame: Frame) => void> = new Map([
  [frameType.data, onData],
  [frameType.headers, onHeaderPart],
  [frameType.continuation, onHeaderPart],
  [frameType.rstStream, onReset],
  [frameType.settings, acknowledge],
  [frameType.ping, acknowledge],
  [frameType.goAway, onGoAway],
  [frameType.windowUpdate, onWindowUpdate],
  [frameType.pushPromise, refusePush],
]);

function onHeaderPart(state: State, frame: Frame): void {
  if (frame.type === frameType.headers) state.unfinished = { start: frame, parts: [] };
  if (state.unfinished === undefined) throw new Http2ProtocolError("http2: CONTINUATION without HEADERS");
  const { start, parts } = state.unfinished;
  if (parts.length === maxHeaderParts) throw new Http2ProtocolError("http2: header block too long");
  parts.push(framePayload(frame));
  if ((frame.flags & frameFlag.endHeaders) === 0) return;
  state.unfinished = undefined;
  onHeaders(state, start, concatBytes(parts));
}

function onHeaders(state: State, start: Frame, block: Uint8Array): void {
  // Decoded for unknown streams too: the header table is one for the whole connection.
  countIdle(state);
  const headers = state.decode(block);
  const stream = state.streams.get(start.streamId);
  if (stream === undefined) return;
  if (stream.headers !== undefined) {
    stream.trailers = headers;
  } else if (!headers.get(":status")?.startsWith("1")) {
    // Interim answers (1xx) are followed by the real headers.
    stream.headers = headers;
  }
  if ((start.flags & frameFlag.endStream) !== 0) finish(state, start.streamId, stream);
}

function onData(state: State, frame: Frame): void {
  countTowardsWindow(state, frame.payload.length);
  const stream = state.streams.get(frame.streamId);
  if (stream === undefined) return;
  const chunk = framePayload(frame);
  if (chunk.length === 0 && (frame.flags & frameFlag.endStream) === 0) countIdle(state);
  const received = stream.body.length + chunk.length;
  if (received <= maxBodyBytes) stream.body.add(chunk);
  if (received > maxBodyBytes) {
    const description = `grpc: received message larger than max (${received} vs. ${maxBodyBytes})`;
    abandon(state, frame.streamId, new GrpcError("ResourceExhausted", description));
  } else if ((frame.flags & frameFlag.endStream) !== 0) {
    finish(state, frame.streamId, stream);
  }
}

/** The whole payload counts for flow control, padding and abandoned streams included. What was taken is told in bulk. */
function countTowardsWindow(state: State, bytes: number): void {
  state.untold += bytes;
  if (state.untold < maxFramePayload) return;
  send(state, frameType.windowUpdate, { payload: uint32(state.untold) });
  state.untold = 0;
}

/** Counts a frame that brings no answer forward. A server that sends nothing else keeps us busy, or our memory. */
function countIdle(state: State): void {
  state.idleFrames++;
  if (state.idleFrames > mostIdleFrames) throw new Http2ProtocolError("http2: too many frames without content");
}

function onReset(state: State, frame: Frame): void {
  countIdle(state);
  const stream = state.streams.get(frame.streamId);
  state.streams.delete(frame.streamId);
  stream?.reject(resetError(readUint32(frame.payload)));
  closeIfSpent(state);
}

/** SETTINGS and PING want to be confirmed; a PING brings its payload back. */
function acknowledge(state: State, { type, flags, payload }: Frame): void {
  countIdle(state);
  if ((flags & frameFlag.ack) !== 0) return;
  send(state, type, { flags: frameFlag.ack, ...(type === frameType.ping ? { payload } : {}) });
}

function onGoAway(state: State, frame: Frame): void {
  countIdle(state);
  const lastStreamId = readUint32(frame.payload) & 0x7fffffff;
  const debug = new TextDecoder().decode(frame.payload.subarray(8));
  const failure = new GrpcError("Unavailable", `the connection is draining${debug === "" ? "" : `: ${debug}`}`);
  state.failure ??= failure;
  for (const [streamId, stream] of state.streams) {
    if (streamId <= lastStreamId) continue;
    state.streams.delete(streamId);
    stream.reject(failure);
  }
  closeIfSpent(state);
}

function onWindowUpdate(state: State, frame: Frame): void {
  countIdle(state);
  if (frame.streamId === 0) state.sendWindow += readUint32(frame.payload) & 0x7fffffff;
}

function refusePush(): void {
  throw new Http2ProtocolError("http2: the server pushes, though that was switched off");
}

/** No pushes, and a window that holds the largest answer, so that no stream ever has to be topped up. */
function ourSettings(): Uint8Array {
  const settings = new Uint8Array(12);
  const view = new DataView(settings.buffer);
  view.setUint16(0, setting.enablePush);
  view.setUint32(2, 0);
  view.setUint16(6, setting.initialWindowSize);
  view.setUint32(8, maxBodyBytes + maxFramePayload);
  return settings;
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
