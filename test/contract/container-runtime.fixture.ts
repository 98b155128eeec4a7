import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { buffer } from "node:stream/consumers";
import {
  type CallOptions,
  type ContainerRuntime,
  ContainerRuntimeError,
  type ContainerRuntimeErrorCode,
} from "../../src/cri/container-runtime.ts";
import { contentMethods, criNamespace } from "../../src/cri/containerd-content.ts";
import { CgroupDriver, ContainerState, PodSandboxState } from "../../src/cri/cri-messages.ts";
import { criMethods } from "../../src/cri/cri-methods.ts";
import type { GrpcMethod } from "../../src/grpc/method.ts";
import {
  type MemoryRuntime,
  memoryContainerRuntimes,
  memoryRuntime,
  type RuntimeMethod,
} from "../fixtures/cri/memory.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { createdAt, type RuntimeEndpoints } from "./container-runtime.contract.ts";

function failure(code: ContainerRuntimeErrorCode, status: string, description: string): ContainerRuntimeError {
  return new ContainerRuntimeError(code, `rpc error: code = ${status} desc = ${description}`);
}

/** The runtimes of the contract, all but the one that is not there. */
export function describedRuntimes(): Readonly<Record<Exclude<keyof RuntimeEndpoints, "absent">, MemoryRuntime>> {
  const noCri = failure("unimplemented", "Unimplemented", "unknown service runtime.v1.RuntimeService");
  const methods = Object.keys(memoryContainerRuntimes({})("")).filter((name) => name !== "close") as RuntimeMethod[];
  return {
    healthy: memoryRuntime({
      images: new Set(["registry.k8s.io/pause:3.10.1"]),
      downloads: [
        { id: "layer-sha256:1", bytes: 6_000_000_000, totalBytes: 7_000_000_000 },
        { id: "layer-sha256:2", bytes: 0, totalBytes: 0 },
      ],
      sandboxes: [
        { id: "p1", name: "etcd-node-1", namespace: "kube-system", uid: "u-p1", ready: true },
        { id: "p2", name: "old", namespace: "default", uid: "u-p2", ready: false },
      ],
      containers: new Map([
        [
          "p1",
          [
            { id: "c1", name: "etcd", attempt: 3, createdAt, state: "running" },
            { id: "c0", name: "etcd", attempt: 2, createdAt, state: "exited" },
          ],
        ],
      ]),
      logPaths: new Map([["c1", "/var/log/pods/kube-system_etcd-node-1_u1/etcd/3.log"]]),
      ends: new Map([["c0", { exitCode: 137, reason: "OOMKilled", message: "out of memory" }]]),
    }),
    cgroupfs: memoryRuntime({
      cgroupDriver: "cgroupfs",
      sandboxes: [{ id: "p9", name: "web", namespace: "default", uid: "u-p9", ready: true }],
      containers: new Map([["p9", [{ id: "c9", name: "web", attempt: 0, createdAt, state: "running" }]]]),
    }),
    unstated: memoryRuntime({ cgroupDriver: "unstated" }),
    old: memoryRuntime({
      cgroupDriver: "unimplemented",
      failures: new Map([
        [
          "downloads",
          failure("unimplemented", "Unimplemented", "unknown service containerd.services.content.v1.Content"),
        ],
      ]),
    }),
    disabled: memoryRuntime({ failures: new Map(methods.map((method) => [method, noCri])) }),
    unready: memoryRuntime({
      conditions: [
        { type: "RuntimeReady", status: false, reason: "Broken", message: "kaputt – ü" },
        { type: "NetworkReady", status: true, reason: "", message: "" },
      ],
      info: { config: '{"sandboxImage":"registry.k8s.io/pause:3.10"}' },
    }),
    failing: memoryRuntime({
      failures: new Map([
        ["pullImage", failure("not-found", "NotFound", "100% »nope«:\nnot found")],
        ["podSandboxes", failure("permission-denied", "PermissionDenied", "no")],
        ["status", failure("other", "Internal", "oh")],
      ]),
    }),
    hanging: memoryRuntime({ failures: new Map([["status", "hang"]]) }),
  };
}

export interface RuntimeServers {
  readonly endpoints: RuntimeEndpoints;
  close(): Promise<void>;
}

/** The same runtimes as gRPC servers on unix sockets, made with Node's HTTP/2: another implementation than ours. */
export async function startRuntimeServers(): Promise<RuntimeServers> {
  const directory = temporaryDirectory().path;
  const endpointOf = (name: string) => `unix://${directory}/${name}.sock`;
  const runtimes = describedRuntimes();
  const connect = memoryContainerRuntimes(runtimes);
  const servers = Object.keys(runtimes).map((name) => {
    const server = createServer();
    server.on("stream", (stream, headers) => void serve(stream, headers, connect(name)));
    return { server, path: `${directory}/${name}.sock` };
  });
  await Promise.all(
    servers.map(({ server, path }) => new Promise<void>((resolve) => server.listen(path, () => resolve()))),
  );
  const names = [...Object.keys(runtimes), "absent"].map((name) => [name, endpointOf(name)]);
  return {
    endpoints: Object.fromEntries(names) as RuntimeEndpoints,
    close: async () => {
      await Promise.all(servers.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve()))));
    },
  };
}

async function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  runtime: ContainerRuntime,
): Promise<void> {
  const canceled = new AbortController();
  stream.on("error", () => undefined);
  stream.on("close", () => canceled.abort(new Error("canceled by the client")));
  try {
    const message = (await buffer(stream)).subarray(5);
    const options = { signal: canceled.signal, timeoutMs: 60_000 };
    const answer = await answers(headers, message, { runtime, options });
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(answer.length, 1);
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "" }));
    stream.end(Buffer.concat([frame, answer]));
  } catch (error) {
    if (stream.destroyed) return;
    const { code, description } = statusOf(error);
    const trailers = { "content-type": "application/grpc", "grpc-status": code, "grpc-message": encode(description) };
    stream.respond({ ":status": 200, ...trailers }, { endStream: true });
  }
}

interface Serving {
  readonly runtime: ContainerRuntime;
  readonly options: CallOptions;
}

async function answers(
  headers: IncomingHttpHeaders,
  message: Uint8Array,
  { runtime, options }: Serving,
): Promise<Uint8Array> {
  const path = String(headers[":path"]);
  const handlers = new Map<string, () => Promise<Uint8Array>>();
  const on = <Q, A>(method: GrpcMethod<Q, A>, handle: (request: Q) => Promise<A>) => {
    handlers.set(method.path, async () => method.response.encode(await handle(method.request.decode(message))));
  };
  on(criMethods.version, async () => {
    const { name, version } = await runtime.version(options);
    return { version: "0.1.0", runtimeName: name, runtimeVersion: version, runtimeApiVersion: "v1" };
  });
  on(criMethods.status, async ({ verbose }) => {
    const { conditions, info } = await runtime.status({ ...options, verbose });
    return {
      status: { conditions: [...conditions] },
      info: Object.entries(info).map(([key, value]) => ({ key, value })),
    };
  });
  on(criMethods.runtimeConfig, async () => {
    const driver = await runtime.cgroupDriver(options);
    if (driver === "unimplemented") {
      throw failure(
        "unimplemented",
        "Unimplemented",
        "unknown method RuntimeConfig for service runtime.v1.RuntimeService",
      );
    }
    if (driver === "unstated") return { linux: undefined };
    return { linux: { cgroupDriver: driver === "systemd" ? CgroupDriver.SYSTEMD : CgroupDriver.CGROUPFS } };
  });
  on(criMethods.imageFsInfo, async () => {
    await runtime.checkImageService(options);
    return {};
  });
  on(criMethods.imageStatus, async ({ image }) => {
    const present = await runtime.hasImage(image?.image ?? "", options);
    return { image: present ? { id: "sha256:1" } : undefined };
  });
  on(criMethods.pullImage, async ({ image }) => {
    await runtime.pullImage(image?.image ?? "", options);
    return { imageRef: "sha256:1" };
  });
  on(contentMethods.listStatuses, async () => {
    const [[name, value]] = Object.entries(criNamespace) as [[string, string]];
    if (headers[name] !== value) throw failure("other", "FailedPrecondition", "namespace is required");
    const downloads = (await runtime.downloads?.(options)) ?? [];
    const statuses = downloads.map(({ id, bytes, totalBytes }) => {
      return { ref: id, offset: BigInt(bytes), total: BigInt(totalBytes) };
    });
    return { statuses };
  });
  on(criMethods.listPodSandbox, async () => {
    const items = (await runtime.podSandboxes(options)).map(({ id, name, namespace, uid, ready }) => ({
      id,
      metadata: { name, namespace, uid },
      state: ready ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY,
    }));
    return { items };
  });
  on(criMethods.stopContainer, async ({ containerId, timeout }) => {
    await runtime.stopContainer(containerId, { ...options, graceMs: Number(timeout) * 1_000 });
    return {};
  });
  on(criMethods.stopPodSandbox, async ({ podSandboxId }) => {
    await runtime.stopPodSandbox(podSandboxId, options);
    return {};
  });
  on(criMethods.removePodSandbox, async ({ podSandboxId }) => {
    await runtime.removePodSandbox(podSandboxId, options);
    return {};
  });
  on(criMethods.listContainers, async ({ filter }) => {
    const podSandboxId = filter?.podSandboxId ?? "";
    const containers = (await runtime.containers(podSandboxId, options)).map(
      ({ id, name, attempt, state, createdAt }) => ({
        id,
        podSandboxId,
        createdAt: BigInt(createdAt.getTime()) * 1_000_000n,
        metadata: { name, attempt },
        state: state === "running" ? ContainerState.CONTAINER_RUNNING : ContainerState.CONTAINER_EXITED,
      }),
    );
    return { containers };
  });
  on(criMethods.containerStatus, async ({ containerId }) => {
    const end = await runtime.containerEnd(containerId, options);
    const state = end === undefined ? ContainerState.CONTAINER_RUNNING : ContainerState.CONTAINER_EXITED;
    const how = end ?? { exitCode: 0, reason: "", message: "" };
    const logPath = await runtime.containerLogPath(containerId, options);
    return { status: { id: containerId, metadata: undefined, state, ...how, logPath } };
  });
  const handler = handlers.get(path);
  if (handler === undefined) throw failure("unimplemented", "Unimplemented", `unknown method ${path}`);
  return handler();
}

const codes: Readonly<Record<string, string>> = {
  NotFound: "5",
  PermissionDenied: "7",
  Unimplemented: "12",
  Internal: "13",
};

function statusOf(error: unknown): { readonly code: string; readonly description: string } {
  const text = error instanceof Error ? error.message : String(error);
  const match = /^rpc error: code = (\w+) desc = (.*)$/s.exec(text);
  return { code: codes[match?.[1] ?? ""] ?? "2", description: match?.[2] ?? text };
}

/** As grpc-go encodes a message: printable ASCII but the percent sign as it is. */
function encode(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) =>
    byte >= 0x20 && byte <= 0x7e && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}
