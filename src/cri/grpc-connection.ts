import type { Socket } from "node:net";
import { abortReason, throwIfAborted } from "../async/signal.ts";
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
} from "./grpc-frames.ts";
import { encodeHeaders, type Headers, HpackError, hpackDecoder } from "./grpc-hpack.ts";
import { GrpcError } from "./grpc-status.ts";

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
  /** False after GOAWAY, a broken connection, or once what may be sent without waiting is used up: open another one. */
  readonly usable: boolean;
  /** Rejects with GrpcError (Unavailable, Canceled, Internal, ResourceExhausted), or with the signal's reason. */
  exchange(request: Exchange, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** Largest answer, as the kubelet's and crictl's clients limit it too. */
const maxBodyBytes = 16 * 1024 * 1024;

const setting = { enablePush: 2, initialWindowSize: 4 } as const;
const errorCode = { noError: 0, refusedStream: 7, cancel: 8 } as const;

interface Stream {
  headers?: Headers;
  trailers?: Headers;
  readonly chunks: Uint8Array[];
  received: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes a connected socket over and speaks HTTP/2 on it at once: unix sockets have no TLS that could negotiate it. */
export function http2Connection(socket: Socket): Http2Connection {
  const streams = new Map<number, Stream>();
  const split = frameSplitter();
  const decode = hpackDecoder();
  let nextStreamId = 1;
  let usable = true;
  let greeted = false;
  // Bytes of request bodies that the server takes before it has to ask for more (RFC 9113, section 6.9.2). Requests are a
  // few hundred bytes, so waiting for more is not worth the code: a connection that ran dry is replaced.
  let sendWindow = 65_535;
  /** A header block whose END_HEADERS is still to come; nothing may stand between its frames. */
  let unfinished: { readonly frame: Frame; readonly parts: Uint8Array[] } | undefined;

  const send = (type: number, flags: number, streamId: number, payload: Uint8Array): void => {
    socket.write(encodeFrame({ type, flags, streamId, payload }));
  };

  const fail = (error: GrpcError): void => {
    usable = false;
    socket.destroy();
    for (const stream of streams.values()) stream.reject(error);
    streams.clear();
  };

  const finish = (streamId: number, stream: Stream): void => {
    streams.delete(streamId);
    const headers = stream.headers ?? new Map<string, string>();
    stream.resolve({ headers, body: concatBytes(stream.chunks), trailers: stream.trailers ?? headers });
  };

  const abandon = (streamId: number, error: unknown): void => {
    const stream = streams.get(streamId);
    if (!streams.delete(streamId)) return;
    if (!socket.destroyed) send(frameType.rstStream, 0, streamId, uint32(errorCode.cancel));
    stream?.reject(error);
  };

  const onHeaders = (frame: Frame, block: Uint8Array): void => {
    // Decoded for unknown streams too: the header table is one for the whole connection.
    const headers = decode(block);
    const stream = streams.get(frame.streamId);
    if (stream === undefined) return;
    if (stream.headers === undefined) {
      // Interim answers (1xx) are followed by the real headers.
      if (!headers.get(":status")?.startsWith("1")) stream.headers = headers;
    } else {
      stream.trailers = headers;
    }
    if ((frame.flags & frameFlag.endStream) !== 0) finish(frame.streamId, stream);
  };

  const onData = (frame: Frame): void => {
    // The whole payload counts for flow control, padding and abandoned streams included.
    if (frame.payload.length > 0) send(frameType.windowUpdate, 0, 0, uint32(frame.payload.length));
    const stream = streams.get(frame.streamId);
    if (stream === undefined) return;
    const chunk = framePayload(frame);
    stream.chunks.push(chunk);
    stream.received += chunk.length;
    if (stream.received > maxBodyBytes) {
      const description = `grpc: received message larger than max (${stream.received} vs. ${maxBodyBytes})`;
      abandon(frame.streamId, new GrpcError("ResourceExhausted", description));
    } else if ((frame.flags & frameFlag.endStream) !== 0) {
      finish(frame.streamId, stream);
    }
  };

  const onReset = (frame: Frame): void => {
    const stream = streams.get(frame.streamId);
    streams.delete(frame.streamId);
    stream?.reject(resetError(readUint32(frame.payload)));
  };

  const onGoAway = (frame: Frame): void => {
    usable = false;
    const lastStreamId = readUint32(frame.payload) & 0x7fffffff;
    const debug = new TextDecoder().decode(frame.payload.subarray(8));
    for (const [streamId, stream] of streams) {
      if (streamId <= lastStreamId) continue;
      streams.delete(streamId);
      stream.reject(new GrpcError("Unavailable", `the connection is draining${debug === "" ? "" : `: ${debug}`}`));
    }
  };

  const onFrame = (frame: Frame): void => {
    if (!greeted && frame.type !== frameType.settings) {
      throw new Http2ProtocolError("http2: the server does not begin with SETTINGS");
    }
    greeted = true;
    if (unfinished !== undefined && frame.type !== frameType.continuation) {
      throw new Http2ProtocolError("http2: a header block is interrupted");
    }
    switch (frame.type) {
      case frameType.data:
        onData(frame);
        return;
      case frameType.headers:
      case frameType.continuation: {
        if (frame.type === frameType.headers) unfinished = { frame, parts: [] };
        if (unfinished === undefined) throw new Http2ProtocolError("http2: CONTINUATION without HEADERS");
        unfinished.parts.push(framePayload(frame));
        if ((frame.flags & frameFlag.endHeaders) === 0) return;
        const { frame: start, parts } = unfinished;
        unfinished = undefined;
        onHeaders(start, concatBytes(parts));
        return;
      }
      case frameType.rstStream:
        onReset(frame);
        return;
      case frameType.settings:
        if ((frame.flags & frameFlag.ack) === 0) send(frameType.settings, frameFlag.ack, 0, new Uint8Array(0));
        return;
      case frameType.pushPromise:
        throw new Http2ProtocolError("http2: the server pushes, though that was switched off");
      case frameType.ping:
        if ((frame.flags & frameFlag.ack) === 0) send(frameType.ping, frameFlag.ack, 0, frame.payload);
        return;
      case frameType.goAway:
        onGoAway(frame);
        return;
      case frameType.windowUpdate:
        if (frame.streamId === 0) sendWindow += readUint32(frame.payload) & 0x7fffffff;
        return;
      default:
        // Section 4.1: frames of unknown types are ignored.
        return;
    }
  };

  socket.on("data", (bytes: Uint8Array) => {
    try {
      for (const frame of split(bytes)) onFrame(frame);
    } catch (error) {
      if (!(error instanceof Http2ProtocolError || error instanceof HpackError)) throw error;
      fail(brokenError(greeted, error.message));
    }
  });
  socket.on("error", (error: Error) => fail(brokenError(greeted, error.message)));
  socket.on("close", () => fail(brokenError(greeted, "EOF")));

  socket.write(
    concatBytes([
      clientPreface,
      encodeFrame({ type: frameType.settings, flags: 0, streamId: 0, payload: ourSettings() }),
    ]),
  );

  return {
    get usable() {
      return usable;
    },
    close: () => fail(new GrpcError("Canceled", "grpc: the client connection is closing")),
    exchange: async (request, signal) => {
      throwIfAborted(signal);
      const block = encodeHeaders(request.headers);
      if (block.length > maxFramePayload || request.body.length > maxFramePayload) {
        throw new GrpcError("ResourceExhausted", `the request has more than ${maxFramePayload} bytes`);
      }
      if (!usable) throw new GrpcError("Unavailable", "the connection is closed");
      const streamId = nextStreamId;
      nextStreamId += 2;
      sendWindow -= request.body.length;
      if (sendWindow < maxFramePayload) usable = false;
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      streams.set(streamId, { chunks: [], received: 0, resolve, reject });
      const onAbort = () => abandon(streamId, abortReason(signal));
      signal.addEventListener("abort", onAbort, { once: true });
      send(frameType.headers, frameFlag.endHeaders, streamId, block);
      send(frameType.data, frameFlag.endStream, streamId, request.body);
      try {
        return await promise;
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
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

function brokenError(greeted: boolean, reason: string): GrpcError {
  return greeted
    ? new GrpcError("Unavailable", `error reading from server: ${reason}`)
    : new GrpcError("Unavailable", `connection error: desc = "error reading server preface: ${reason}"`);
}
