import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import type { Outcome } from "./grpc-client.ts";
import { runtimes } from "./grpc-clients.ts";
import { encodeFrame, encodeHeaders, frameFlag, frameType, uint32 } from "./http2-frames.ts";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo();
});

async function listening(server: Server | Http2Server): Promise<string> {
  const path = join(temporaryDirectory().path, "server.sock");
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

/** A server that sends these bytes to anyone who connects. */
function speaking(...parts: (Uint8Array | string)[]): Promise<string> {
  return listening(
    createServer((socket) => {
      for (const part of parts) socket.write(part);
    }),
  );
}

const noBytes = new Uint8Array(0);
const settings = encodeFrame({ type: frameType.settings, flags: 0, streamId: 0, payload: noBytes });

function headersFrame(fields: readonly (readonly [string, string])[], flags: number): Uint8Array {
  return encodeFrame({ type: frameType.headers, flags, streamId: 1, payload: encodeHeaders(fields) });
}

function messageOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "nothing";
  return "message" in outcome ? outcome.message : `succeeded: ${JSON.stringify(outcome)}`;
}

const ok = [
  [":status", "200"],
  ["content-type", "application/grpc"],
] as const;
const trailers = [["grpc-status", "0"]] as const;
const end = frameFlag.endStream | frameFlag.endHeaders;

function data(payload: Uint8Array, flags = 0): Uint8Array {
  return encodeFrame({ type: frameType.data, flags, streamId: 1, payload });
}

function reset(code: number): Uint8Array {
  return encodeFrame({ type: frameType.rstStream, flags: 0, streamId: 1, payload: uint32(code) });
}

describe.each(runtimes)("a gRPC channel $runtime", ({ client }) => {
  const { outcome, outcomes } = client();
  const failure = async (socketPath: string) => messageOf(await outcome({ socketPath }));

  it("reads an answer whose frames are padded, split and mixed with others", async () => {
    const block = encodeHeaders(ok);
    const socketPath = await speaking(
      settings,
      encodeFrame({ type: frameType.headers, flags: 0, streamId: 1, payload: block.subarray(0, 3) }),
      encodeFrame({
        type: frameType.continuation,
        flags: frameFlag.endHeaders,
        streamId: 1,
        payload: block.subarray(3),
      }),
      encodeFrame({ type: frameType.ping, flags: 0, streamId: 0, payload: new Uint8Array(8) }),
      encodeFrame({ type: 0x42, flags: 0, streamId: 0, payload: new Uint8Array(3) }),
      data(Uint8Array.of(2, 0, 0, 0, 9, 9), frameFlag.padded),
      data(Uint8Array.of(0, 3, 7, 8, 9)),
      headersFrame(trailers, end),
    );
    expect(await outcome({ socketPath })).toEqual({ bytes: 3, start: [7, 8, 9] });
  });

  const answer = [
    headersFrame(ok, frameFlag.endHeaders),
    data(Uint8Array.of(0, 0, 0, 0, 1, 7)),
    headersFrame(trailers, end),
  ];
  const goAway = encodeFrame({
    type: frameType.goAway,
    flags: 0,
    streamId: 0,
    payload: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0),
  });

  it.each([
    ["says before that it is shutting down", [settings, goAway, ...answer]],
    ["resets the stream after it", [settings, ...answer, reset(0)]],
  ])("takes the response from a server that %s", async (_, bytes) => {
    expect(await outcome({ socketPath: await speaking(...bytes) })).toEqual({ bytes: 1, start: [7] });
  });

  it("takes the response from a server that hangs up with it", async () => {
    const hasty = createServer(
      (socket) => void socket.once("data", () => socket.end(Buffer.concat([settings, ...answer]))),
    );
    expect(await outcome({ socketPath: await listening(hasty) })).toEqual({ bytes: 1, start: [7] });
  });

  it.each<{ name: string; bytes: (Uint8Array | string)[]; message: string | RegExp }>([
    {
      name: "that the server speaks HTTP/1",
      bytes: ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"],
      message:
        'rpc error: code = Unavailable desc = connection error: desc = "error reading server preface: http2: frame too large"',
    },
    {
      name: "that the server begins with something else than SETTINGS",
      bytes: [encodeFrame({ type: frameType.ping, flags: 0, streamId: 0, payload: new Uint8Array(8) })],
      message: /Unavailable.*does not begin with SETTINGS/,
    },
    {
      name: "that the stream was refused",
      bytes: [settings, reset(7)],
      message: "rpc error: code = Unavailable desc = stream terminated by RST_STREAM with error code: 7",
    },
    {
      name: "that the stream was canceled",
      bytes: [settings, headersFrame(ok, frameFlag.endHeaders), reset(8)],
      message: "rpc error: code = Canceled desc = stream terminated by RST_STREAM with error code: 8",
    },
    {
      name: "that the stream was reset without an error and without an answer",
      bytes: [settings, headersFrame(ok, frameFlag.endHeaders), reset(0)],
      message: "rpc error: code = Internal desc = server closed the stream without sending trailers",
    },
    {
      name: "that the server is shutting down",
      bytes: [
        settings,
        encodeFrame({
          type: frameType.goAway,
          flags: 0,
          streamId: 0,
          payload: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 98),
        }),
      ],
      message: "rpc error: code = Unavailable desc = the connection is draining: b",
    },
    {
      name: "that a header block refers to nothing",
      bytes: [
        settings,
        encodeFrame({ type: frameType.headers, flags: end, streamId: 1, payload: Uint8Array.of(0xff, 0) }),
      ],
      message: "rpc error: code = Unavailable desc = error reading from server: Protocol error",
    },
    {
      name: "that something stands between the parts of a header block",
      bytes: [settings, headersFrame(ok, 0), settings],
      message: "rpc error: code = Unavailable desc = error reading from server: Protocol error",
    },
    {
      name: "that the answer is no gRPC",
      bytes: [settings, headersFrame([[":status", "503"]], end)],
      message: "rpc error: code = Unavailable desc = unexpected HTTP status code received from server: 503",
    },
    {
      name: "that the answer ends without trailers",
      bytes: [settings, headersFrame(ok, frameFlag.endHeaders), data(new Uint8Array(5), frameFlag.endStream)],
      message: "rpc error: code = Internal desc = server closed the stream without sending trailers",
    },
    {
      name: "that the message is cut",
      bytes: [
        settings,
        headersFrame(ok, frameFlag.endHeaders),
        data(Uint8Array.of(0, 0, 0, 0, 9, 1)),
        headersFrame(trailers, end),
      ],
      message: "rpc error: code = Internal desc = the response is not exactly one message",
    },
    {
      name: "that the message is compressed",
      bytes: [
        settings,
        headersFrame(ok, frameFlag.endHeaders),
        data(Uint8Array.of(1, 0, 0, 0, 0)),
        headersFrame(trailers, end),
      ],
      message: "rpc error: code = Internal desc = the response is compressed, which was not offered",
    },
    {
      name: "a status that is no known number as Unknown",
      bytes: [settings, headersFrame([...ok, ["grpc-status", "99"], ["grpc-message", "50%"]], end)],
      message: "rpc error: code = Unknown desc = 50%",
    },
  ])("tells $name", async ({ bytes, message }) => {
    expect(await failure(await speaking(...bytes))).toMatch(message);
  });

  it("reports that the server closes the connection, before and after its preface", async () => {
    const silent = await listening(createServer((socket) => socket.end()));
    expect(await failure(silent)).toBe(
      'rpc error: code = Unavailable desc = connection error: desc = "error reading server preface: EOF"',
    );
    const greeting = await listening(createServer((socket) => socket.end(settings)));
    expect(await failure(greeting)).toBe("rpc error: code = Unavailable desc = error reading from server: EOF");
  });

  it("reports that a socket file has no server any more", async () => {
    expect(await failure(join(temporaryDirectory().path, "a", "b"))).toMatch(
      /dial unix .*: connect: no such file or directory/,
    );
  });

  it("connects again after the connection broke", async () => {
    let connections = 0;
    const server = createHttp2Server();
    server.on("session", (session) => {
      connections++;
      if (connections === 1) session.on("stream", (stream) => stream.session?.destroy());
    });
    server.on("stream", (stream) => {
      if (stream.destroyed) return;
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from([0, 0, 0, 0, 1, 42]));
    });
    const [first, second] = await outcomes({ socketPath: await listening(server), calls: 2 });
    expect(first).toMatchObject({ status: "Unavailable" });
    expect(second).toEqual({ bytes: 1, start: [42] });
    expect(connections).toBe(2);
  });

  it("takes answers of several megabytes and refuses those above sixteen", async () => {
    const server = createHttp2Server();
    let size = 5_000_000;
    server.on("stream", (stream) => {
      stream.on("error", () => undefined);
      const message = Buffer.alloc(5 + size);
      message.writeUInt32BE(size, 1);
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(message);
    });
    const socketPath = await listening(server);
    expect(await outcome({ socketPath })).toMatchObject({ bytes: size });
    size = 17_000_000;
    expect(await failure(socketPath)).toMatch(/ResourceExhausted desc = grpc: received message larger than max/);
  });

  it("serves more calls than the first send window holds over one connection, and leaves none behind", async () => {
    const server = createHttp2Server();
    let open = 0;
    let opened = 0;
    server.on("connection", (socket: Socket) => {
      open++;
      opened++;
      socket.on("close", () => open--);
    });
    server.on("stream", (stream) => {
      stream.resume().on("end", () => {
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(Buffer.from([0, 0, 0, 0, 0]));
      });
    });
    const socketPath = await listening(server);
    const answers = await outcomes({ socketPath, calls: 3, atOnce: 12, messageBytes: 10_000, timeoutMs: 20_000 });
    expect(answers).toEqual(Array.from({ length: 36 }, () => ({ bytes: 0, start: [] })));
    await expect.poll(() => open, { timeout: 10_000 }).toBe(0);
    expect(opened).toBe(1);
  });
});
