import { chmodSync } from "node:fs";
import { createServer, type ServerHttp2Stream } from "node:http2";
import { createServer as createSocketServer, type Socket } from "node:net";
import type { ScratchRoot } from "../../src/embedded/index.ts";
import { encodeFrame, frameType } from "../contract/http2-frames.ts";
import { type Attack, attacksBy } from "./attack.ts";
import { stolenToken } from "./false-cluster.ts";
import { joinArguments, joinFiles, mostMiB, watchProgram } from "./watched-program.ts";
import { damage, marker, weapon } from "./weapons.ts";

/** A container runtime that answers every call with one failure, or with these bytes. */
async function hostileRuntime(root: ScratchRoot, answer: { readonly message?: string; readonly body?: Uint8Array }) {
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream) => {
    stream.on("error", () => undefined);
    const { message, body = new Uint8Array(0) } = answer;
    const trailers = {
      "grpc-status": message === undefined ? "0" : "2",
      "grpc-message": encodeURIComponent(message ?? ""),
    };
    if (message !== undefined) {
      stream.respond({ ":status": 200, "content-type": "application/grpc", ...trailers }, { endStream: true });
      return;
    }
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([head, body]));
  });
  const path = root.inside("/run/containerd.sock");
  await new Promise<void>((listening) => server.listen(path, listening));
  chmodSync(path, 0o777);
  return { [Symbol.asyncDispose]: async () => void server.close() };
}

const pull = ["config", "images", "pull", "--cri-socket", "unix:///run/containerd.sock"] as const;
const check = [
  ...joinArguments.slice(0, 1),
  "phase",
  "preflight",
  "--config",
  "/etc/join.yaml",
  "-v",
  "9",
  "--ignore-preflight-errors",
  "IsPrivilegedUser",
] as const;
const checked = joinFiles({
  bootstrapToken: { token: stolenToken, apiServerEndpoint: "127.0.0.1:1", unsafeSkipCAVerification: true },
});

function byRuntime(
  name: string,
  args: readonly string[],
  answer: Parameters<typeof hostileRuntime>[1],
  shown = marker,
): Attack {
  return {
    name,
    run: async ({ program }) => {
      const ran = await watchProgram(program, args, {
        files: checked,
        prepare: (root) => hostileRuntime(root, answer),
      });
      const output = ran.stdout + ran.stderr;
      return { carriedOut: output.includes(shown), won: damage(output) };
    },
  };
}

const unreadable = "error while unmarshaling the received message";

attacksBy("a container runtime", "write to the terminal, or crash the program", [
  byRuntime("refuses a pull by a weapon", pull, { message: weapon }),
  byRuntime("refuses the checks by a weapon", check, { message: weapon }),
  byRuntime("refuses by a megabyte", check, { message: `${marker}${"x".repeat(40_000)}` }),
  byRuntime("answers with a message that is cut off", check, { body: Uint8Array.of(0x0a, 100) }, unreadable),
  byRuntime("answers with groups in groups", check, { body: new Uint8Array(500_000).fill(0x0b) }, unreadable),
  byRuntime("answers with a number without end", pull, { body: new Uint8Array(20).fill(0xff) }, unreadable),
]);

/** Bytes that are sent to anyone who connects, `again` for ever; nothing else is ever answered. */
function holdingRuntime(name: string, first: Uint8Array, again?: Uint8Array): Attack {
  return {
    name,
    timeoutMs: 300_000,
    run: async ({ program }) => {
      const { promise: used, resolve } = Promise.withResolvers<void>();
      let uses = 0;
      const prepare = async (root: ScratchRoot) => {
        const open = new Set<Socket>();
        const server = createSocketServer((socket) => {
          open.add(socket.on("error", () => undefined));
          socket.once("data", () => {
            uses++;
            socket.write(first);
            setTimeout(resolve, 400);
            if (again === undefined) return;
            const bulk = Buffer.concat(Array.from({ length: 200 }, () => again));
            const fill = () => {
              while (!socket.destroyed && socket.write(bulk));
            };
            socket.on("drain", fill);
            fill();
          });
        });
        const path = root.inside("/run/containerd.sock");
        await new Promise<void>((listening) => server.listen(path, listening));
        chmodSync(path, 0o777);
        return {
          [Symbol.asyncDispose]: async () => {
            for (const socket of open) socket.destroy();
            server.close();
          },
        };
      };
      const { status, interruptedMs, endsPromptly, peakMiB } = await watchProgram(program, pull, {
        prepare,
        interruptWhen: used,
      });
      const isHeld = status === undefined || !endsPromptly;
      const won = isHeld ? `a Ctrl-C took ${Math.round(interruptedMs ?? 0)} ms` : undefined;
      return {
        carriedOut: uses > 0,
        won: won ?? (peakMiB > mostMiB ? `the program took ${Math.round(peakMiB)} MiB` : undefined),
      };
    },
  };
}

const settings = encodeFrame({ type: frameType.settings, flags: 0, streamId: 0, payload: new Uint8Array(0) });
const data = encodeFrame({ type: frameType.data, flags: 0, streamId: 1, payload: new Uint8Array(1) });
const window = encodeFrame({ type: frameType.data, flags: 0, streamId: 9, payload: new Uint8Array(16_000) });

attacksBy("a container runtime that keeps its callers waiting", "keep the program from ending", [
  holdingRuntime("says nothing", new Uint8Array(0)),
  holdingRuntime("greets and says nothing more", settings),
  holdingRuntime("sends an answer byte by byte without end", settings, data),
  holdingRuntime("answers without end what nobody asked", settings, window),
  holdingRuntime("changes its settings without end", settings, settings),
  holdingRuntime("says it in HTTP/1.1", new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")),
]);
