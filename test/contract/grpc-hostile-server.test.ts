import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { criMethods } from "../../src/cri/cri-methods.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { runtimes } from "./grpc-clients.ts";
import { encodeFrame, encodeHeaders, frameFlag, frameType, uint32 } from "./http2-frames.ts";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo();
});

const noBytes: Uint8Array = new Uint8Array(0);

function frame(type: number, payload = noBytes, flags = 0, streamId = 0): Uint8Array {
  return encodeFrame({ type, flags, streamId, payload });
}

const settings = frame(frameType.settings);
const headers = frame(
  frameType.headers,
  encodeHeaders([
    [":status", "200"],
    ["content-type", "application/grpc"],
  ]),
  frameFlag.endHeaders,
  1,
);
const trailers = encodeHeaders([["grpc-status", "0"]]);

/** A header of 4,000 bytes that goes into the table of headers, and 16,000 references to it in one frame. */
const remembered = Buffer.concat([
  Uint8Array.of(0x88, 0x40, 1, 0x61, 0x7f, ...[0xa1, 0x1e]),
  Buffer.from("b".repeat(4_000)),
]);
const repeated = frame(frameType.continuation, new Uint8Array(16_000).fill(0xbe), 0, 1);

/** Writes `head`, then `part` repeatedly as long as someone takes it; `times` of it, then `tail`. */
async function serving(
  head: readonly Uint8Array[],
  part: Uint8Array,
  { times = Number.POSITIVE_INFINITY, tail = noBytes } = {},
): Promise<string> {
  const path = join(temporaryDirectory().path, "server.sock");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    let left = times;
    const bulk = Buffer.concat(Array.from({ length: 500 }, () => part));
    const fill = () => {
      while (left > 0 && !socket.destroyed) {
        const few = left < 500;
        left -= few ? 1 : 500;
        if (!socket.write(few ? part : bulk)) return void socket.once("drain", fill);
      }
      if (left === 0) socket.write(tail);
    };
    socket.once("data", () => {
      for (const bytes of head) socket.write(bytes);
      fill();
    });
  });
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

/** The outcome of a call that ended because the connection was left, or its stream. */
const left = {
  status: expect.stringMatching(/^(Unavailable|Internal)$/),
  message: expect.stringMatching(
    /too much without content|Flooding was detected|Too many invalid|Protocol error|Too many CONTINUATION|RST_STREAM with error code: 11?$/,
  ),
};

describe.each(runtimes)("a server that never comes to the point, $runtime,", { timeout: 20_000 }, ({ client }) => {
  const { outcome } = client();

  it.each([
    ["pings without end", [settings], frame(frameType.ping, new Uint8Array(8))],
    ["changes its settings without end", [settings], settings],
    ["sends empty data without end", [settings, headers], frame(frameType.data, noBytes, 0, 1)],
    ["sends padding without end", [settings, headers], frame(frameType.data, Uint8Array.of(1, 0), frameFlag.padded, 1)],
    [
      "sends interim answers without end",
      [settings],
      frame(frameType.headers, encodeHeaders([[":status", "100"]]), frameFlag.endHeaders, 1),
    ],
    ["sends trailers without end", [settings, headers], frame(frameType.headers, trailers, frameFlag.endHeaders, 1)],
    [
      "sends a header block without end",
      [settings, frame(frameType.headers, encodeHeaders([[":status", "200"]]), 0, 1)],
      frame(frameType.continuation, encodeHeaders([["a", "b".repeat(100)]]), 0, 1),
    ],
    ["repeats one long header without end", [settings, frame(frameType.headers, remembered, 0, 1)], repeated],
    ["pushes", [settings, headers], frame(frameType.pushPromise, Buffer.concat([uint32(2), trailers]), 4, 1)],
    ["resets streams that no one opened", [settings], frame(frameType.rstStream, uint32(8), 0, 9)],
    ["says without end that it takes more", [settings], frame(frameType.windowUpdate, uint32(1))],
    ["sends frames of a type that no one knows", [settings], frame(200, new Uint8Array(100))],
  ])("is left where it %s", async (_, head, part) => {
    const socketPath = await serving(head, part);
    expect(await outcome({ socketPath, timeoutMs: 60_000, isVersion: true })).toEqual(left);
  });

  it("is left when the call's time is over, however steadily it sends", async () => {
    const part = frame(frameType.data, new Uint8Array(1), 0, 1);
    const socketPath = await serving([settings, headers], part, { times: 499 });
    expect(await outcome({ socketPath, timeoutMs: 300, isVersion: true })).toMatchObject({
      status: "DeadlineExceeded",
    });
  });
});

describe.each(runtimes)("an answer $runtime", { timeout: 20_000 }, ({ client }) => {
  const { outcome } = client();

  it("in the smallest parts arrives as one in a single part does", async () => {
    const name = "x".repeat(50_000);
    const body = criMethods.version.response.encode({
      version: "0.1.0",
      runtimeName: name,
      runtimeVersion: "2",
      runtimeApiVersion: "v1",
    });
    const framed = Buffer.concat([Uint8Array.of(0), uint32(body.length), body]);
    const parts = [...framed].map((byte) => frame(frameType.data, Uint8Array.of(byte), 0, 1));
    const last = frame(frameType.headers, trailers, frameFlag.endHeaders | frameFlag.endStream, 1);
    const socketPath = await serving([settings, headers, ...parts], noBytes, { times: 1, tail: last });
    expect(await outcome({ socketPath, timeoutMs: 15_000, isVersion: true })).toMatchObject({ runtimeName: name });
  });

  it("that does not wait for the client to take it is left while it comes", async () => {
    const socketPath = await serving([settings, headers], frame(frameType.data, new Uint8Array(16_384), 0, 1));
    expect(await outcome({ socketPath, timeoutMs: 15_000, isVersion: true })).toEqual(left);
  });

  it.each([
    ["a field that is cut off", Uint8Array.of(0x0a, 100)],
    ["a wire type that there is not", Uint8Array.of(0x0f)],
    ["a number without end", new Uint8Array(20).fill(0xff)],
    ["groups in groups", new Uint8Array(60_000).fill(0x0b)],
  ])("that is %s is an error of gRPC, not a defect", async (_, body) => {
    const framed = Buffer.concat([Uint8Array.of(0), uint32(body.length), body]);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < framed.length; at += 16_000) {
      parts.push(frame(frameType.data, framed.subarray(at, at + 16_000), 0, 1));
    }
    const last = frame(frameType.headers, trailers, frameFlag.endHeaders | frameFlag.endStream, 1);
    const socketPath = await serving([settings, headers, ...parts], noBytes, { times: 1, tail: last });
    expect(await outcome({ socketPath, timeoutMs: 15_000, isVersion: true })).toMatchObject({
      status: "Internal",
      message: "rpc error: code = Internal desc = grpc: error while unmarshaling the received message",
    });
  });
});
