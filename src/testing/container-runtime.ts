import { rmSync } from "node:fs";
import { createServer, type Http2Session, type ServerHttp2Stream } from "node:http2";
import {
  CgroupDriver,
  ImageStatusRequest,
  ImageStatusResponse,
  PullImageRequest,
  PullImageResponse,
  RuntimeConfigResponse,
  StatusRequest,
  StatusResponse,
  VersionResponse,
} from "../cri/gen/runtime.ts";

/** What the runtime is like; read anew for each call, so a test may change its own object. */
export interface ContainerRuntimeScript {
  /** By default true. */
  readonly runtimeReady?: boolean;
  /** By default true. */
  readonly networkReady?: boolean;
  /** By default "systemd"; "unimplemented" is containerd 1.x. */
  readonly cgroupDriver?: "systemd" | "cgroupfs" | "unimplemented";
  /** Of the runtime's own configuration; by default registry.k8s.io/pause:3.10.2. */
  readonly sandboxImage?: string;
  /** Images it has before the first pull. */
  readonly images?: readonly string[];
  /** Image -> why it cannot be pulled. */
  readonly pullFailures?: Readonly<Record<string, string>>;
  /** No CRI v1 behind the socket: containerd with its CRI plugin off. */
  readonly withoutCri?: boolean;
  /** Milliseconds before each answer; by default 0. */
  readonly delayMs?: number;
}

export interface RunningContainerRuntime extends AsyncDisposable {
  /** Names of the calls so far, in order: "Status", "PullImage registry.k8s.io/pause:3.10.2". */
  readonly calls: readonly string[];
  readonly images: ReadonlySet<string>;
  stop(): Promise<void>;
}

const grpcUnknown = 2;
const grpcUnimplemented = 12;

class GrpcFailure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A container runtime on a unix socket that answers the calls of CRI v1 which kubeadm makes, and runs nothing. */
export async function startContainerRuntime(
  socketPath: string,
  script: ContainerRuntimeScript = {},
): Promise<RunningContainerRuntime> {
  const calls: string[] = [];
  const images = new Set(script.images);
  const sessions = new Set<Http2Session>();
  const server = createServer();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    const method = String(headers[":path"]);
    receive(stream, (message) => answer({ method, message, script, images, calls }), script);
  });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  const stop = async () => {
    for (const session of sessions) session.destroy();
    await new Promise((closed) => server.close(closed));
  };
  return { calls, images, stop, [Symbol.asyncDispose]: stop };
}

interface Call {
  readonly method: string;
  readonly message: Uint8Array;
  readonly script: ContainerRuntimeScript;
  readonly images: Set<string>;
  readonly calls: string[];
}

function answer({ method, message, script, images, calls }: Call): Uint8Array {
  const unimplemented = (reason: string) => new GrpcFailure(grpcUnimplemented, reason);
  const [, service = "", name = ""] = method.split("/");
  if (script.withoutCri === true) throw unimplemented(`unknown service ${service}`);
  const image = () => (name === "PullImage" ? PullImageRequest : ImageStatusRequest).decode(message).image?.image ?? "";
  calls.push(name === "PullImage" || name === "ImageStatus" ? `${name} ${image()}` : name);
  switch (method) {
    case "/runtime.v1.RuntimeService/Version":
      return VersionResponse.encode({
        version: "0.1.0",
        runtimeName: "containerd",
        runtimeVersion: "v2.4.2",
        runtimeApiVersion: "v1",
      }).finish();
    case "/runtime.v1.RuntimeService/Status":
      return StatusResponse.encode(statusOf(script, StatusRequest.decode(message).verbose)).finish();
    case "/runtime.v1.RuntimeService/RuntimeConfig": {
      if (script.cgroupDriver === "unimplemented") throw unimplemented(`unknown method ${name} for service ${service}`);
      const cgroupDriver = script.cgroupDriver === "cgroupfs" ? CgroupDriver.CGROUPFS : CgroupDriver.SYSTEMD;
      return RuntimeConfigResponse.encode({ linux: { cgroupDriver } }).finish();
    }
    case "/runtime.v1.ImageService/ImageStatus":
      return ImageStatusResponse.encode({
        image: images.has(image()) ? { id: `sha256:${image()}` } : undefined,
      }).finish();
    case "/runtime.v1.ImageService/PullImage": {
      const failure = script.pullFailures?.[image()];
      if (failure !== undefined) throw new GrpcFailure(grpcUnknown, failure);
      images.add(image());
      return PullImageResponse.encode({ imageRef: `sha256:${image()}` }).finish();
    }
    default:
      throw unimplemented(`unknown method ${name} for service ${service}`);
  }
}

function statusOf(script: ContainerRuntimeScript, verbose: boolean): StatusResponse {
  const condition = (type: string, holds: boolean | undefined, reason: string, message: string) =>
    holds === false ? { type, status: false, reason, message } : { type, status: true, reason: "", message: "" };
  const info = { config: JSON.stringify({ sandboxImage: script.sandboxImage ?? "registry.k8s.io/pause:3.10.2" }) };
  return {
    status: {
      conditions: [
        condition("RuntimeReady", script.runtimeReady, "ContainerdNotReady", "containerd is starting"),
        condition("NetworkReady", script.networkReady, "NetworkPluginNotReady", "cni plugin not initialized"),
      ],
    },
    info: verbose ? info : {},
  };
}

/** One unary call: length-prefixed message in, answer or status out (gRPC's PROTOCOL-HTTP2). */
function receive(
  stream: ServerHttp2Stream,
  handle: (message: Uint8Array) => Uint8Array,
  script: ContainerRuntimeScript,
): void {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => setTimeout(() => respond(stream, Buffer.concat(chunks), handle), script.delayMs ?? 0));
}

function respond(stream: ServerHttp2Stream, body: Buffer, handle: (message: Uint8Array) => Uint8Array): void {
  if (stream.destroyed) return;
  const headers = { ":status": 200, "content-type": "application/grpc" };
  try {
    const message = handle(body.subarray(5));
    stream.respond(headers, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
  } catch (error) {
    if (!(error instanceof GrpcFailure)) throw error;
    const status = { "grpc-status": String(error.code), "grpc-message": encodeURIComponent(error.message) };
    stream.respond({ ...headers, ...status }, { endStream: true });
  }
}
