import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { runtimes } from "./grpc-clients.ts";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo();
});

/** A server that answers each call with this. */
async function answering(answer: (stream: ServerHttp2Stream) => void): Promise<string> {
  const server: Http2Server = createServer();
  const path = join(temporaryDirectory().path, "server.sock");
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  server.on("stream", (stream) => {
    stream.on("error", () => undefined);
    answer(stream);
  });
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

function begin(stream: ServerHttp2Stream, trailers: Readonly<Record<string, string>> = { "grpc-status": "0" }): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
}

function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Writes one frame after the other, no faster than the other side takes them. */
async function write(stream: ServerHttp2Stream, frames: Iterable<Uint8Array>): Promise<void> {
  const gone = new AbortController();
  stream.once("close", () => gone.abort());
  for (const frame of frames) {
    if (gone.signal.aborted) return;
    if (!stream.write(frame)) await once(stream, "drain", { signal: gone.signal }).catch(() => undefined);
  }
  stream.end();
}

function* repeated(frame: Uint8Array, times: number) {
  for (let time = 0; time < times; time++) yield frame;
}

describe.each(runtimes)("a stream of messages $runtime", { timeout: 30_000 }, ({ client }) => {
  const { outcome } = client();

  it("arrives message by message, whatever parts it comes in", async () => {
    const whole = Buffer.concat([framed(new Uint8Array(3)), framed(new Uint8Array(0)), framed(new Uint8Array(70_000))]);
    for (const size of [1_000, 7, whole.length]) {
      const parts: Uint8Array[] = [];
      for (let at = 0; at < whole.length; at += size) parts.push(whole.subarray(at, at + size));
      const socketPath = await answering((stream) => {
        begin(stream);
        void write(stream, parts);
      });
      expect(await outcome({ socketPath, streamPauseMs: 0 })).toEqual({ messages: 3, bytes: 70_003 });
    }
  });

  it("has no maximum size, and needs no more memory than its reader takes", async () => {
    let sent = 0;
    const frame = framed(new Uint8Array(32 * 1024));
    const frames = function* () {
      for (const each of repeated(frame, 1_000)) {
        sent += each.length;
        yield each;
      }
    };
    const socketPath = await answering((stream) => {
      begin(stream);
      void write(stream, frames());
    });
    const counted = outcome({ socketPath, streamPauseMs: 6_000 });
    await expect.poll(() => sent, { timeout: 20_000 }).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(sent).toBeLessThan(1_000_000);
    expect(await counted).toEqual({ messages: 1_000, bytes: 1_000 * 32 * 1024 });
  });

  it("may be empty", async () => {
    const socketPath = await answering((stream) => {
      begin(stream);
      stream.end();
    });
    expect(await outcome({ socketPath, streamPauseMs: 0 })).toEqual({ messages: 0, bytes: 0 });
  });

  it.each<{ name: string; answer: (stream: ServerHttp2Stream) => void; failure: unknown }>([
    {
      name: "the server's error after the messages",
      answer: (stream) => {
        begin(stream, { "grpc-status": "14", "grpc-message": "etcdserver: stopped" });
        stream.end(framed(new Uint8Array(3)));
      },
      failure: { status: "Unavailable", message: "rpc error: code = Unavailable desc = etcdserver: stopped" },
    },
    {
      name: "an error instead of messages",
      answer: (stream) => {
        const error = { "grpc-status": "7", "grpc-message": "permission denied" };
        stream.respond({ ":status": 200, "content-type": "application/grpc", ...error }, { endStream: true });
      },
      failure: { status: "PermissionDenied", message: "rpc error: code = PermissionDenied desc = permission denied" },
    },
    {
      name: "an end in a message",
      answer: (stream) => {
        begin(stream);
        stream.end(framed(new Uint8Array(9)).subarray(0, 8));
      },
      failure: {
        status: "Internal",
        message: "rpc error: code = Internal desc = the response ends in the middle of a message",
      },
    },
    {
      name: "a compressed message",
      answer: (stream) => {
        begin(stream);
        stream.end(Uint8Array.of(1, 0, 0, 0, 0));
      },
      failure: expect.objectContaining({ status: "Internal" }),
    },
    {
      name: "a message that is announced as larger than 16 MiB",
      answer: (stream) => {
        begin(stream);
        stream.write(Uint8Array.of(0, 2, 0, 0, 0));
      },
      failure: expect.objectContaining({ status: "ResourceExhausted" }),
    },
    {
      name: "a connection that breaks",
      answer: (stream) => {
        begin(stream);
        stream.write(framed(new Uint8Array(3)));
        setTimeout(() => stream.session?.destroy(), 50);
      },
      failure: expect.objectContaining({ status: expect.stringMatching(/^(Unavailable|Canceled|Internal)$/) }),
    },
    {
      name: "silence after the first message",
      answer: (stream) => {
        begin(stream);
        stream.write(framed(new Uint8Array(3)));
      },
      failure: expect.objectContaining({ status: "DeadlineExceeded" }),
    },
  ])("reports $name", async ({ answer, failure }) => {
    const socketPath = await answering(answer);
    expect(await outcome({ socketPath, streamPauseMs: 0, timeoutMs: 3_000 })).toEqual(failure);
  });
});
