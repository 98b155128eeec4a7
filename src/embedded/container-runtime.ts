import { rmSync } from "node:fs";
import { createServer, type Http2Session } from "node:http2";
import { join } from "node:path";
import type { RuntimeCgroupDriver } from "../cri/container-runtime.ts";
import { CgroupDriver, ContainerState, podLabels, type StatusResponse } from "../cri/cri-messages.ts";
import { criMethods } from "../cri/cri-methods.ts";
import type { GrpcMethod } from "../grpc/method.ts";
import { type ContainerProgram, ProgramFailure } from "./container-program.ts";
import { podMethods } from "./cri/pod-methods.ts";
import { answerCall, GrpcFailure, grpcCodes, unknownMethod } from "./grpc-server.ts";
import { PodStore } from "./pod-store.ts";

/** The behavior of the runtime. It is read for each call, so a test may change the object. */
export interface ContainerRuntimeScript {
  /** By default true. */
  readonly runtimeReady?: boolean;
  /** By default true. */
  readonly networkReady?: boolean;
  /** By default "systemd"; "unimplemented" is containerd 1.x; "unstated" answers without settings for Linux. */
  readonly cgroupDriver?: RuntimeCgroupDriver;
  /** The setting of containerd 1.x for runc; not in the configuration by default. */
  readonly systemdCgroup?: boolean;
  /** The sandbox image of the runtime's own configuration; registry.k8s.io/pause:3.10.2 by default. */
  readonly sandboxImage?: string;
  /** Images it has before the first pull. */
  readonly images?: readonly string[];
  /** Why images cannot be pulled, by image. */
  readonly pullFailures?: Readonly<Record<string, string>>;
  /** Ids of pods that run from the start. */
  readonly podSandboxes?: readonly string[];
  /** The programs of containers, by the first word of their command; without this option, no container starts. */
  readonly programs?: Readonly<Record<string, ContainerProgram>>;
  /** The directory with the machine's files, for the mounts and logs of containers. */
  readonly root?: string;
  /** The server behind the socket does not offer CRI v1: containerd with its CRI plugin disabled. */
  readonly withoutCri?: boolean;
  /** Milliseconds before each answer; by default 0. */
  readonly delayMs?: number;
}

/** A container runtime that runs in this process. Disposal stops it. */
export interface RunningContainerRuntime extends AsyncDisposable {
  /** Names of the calls so far, in order: "Status", "PullImage registry.k8s.io/pause:3.10.2". */
  readonly calls: readonly string[];
  /** The images that it has. */
  readonly images: ReadonlySet<string>;
  /** Returns the ids of the Pod sandboxes that exist, stopped or not. */
  podSandboxes(): readonly string[];
  /** Stops the server and all containers. */
  stop(): Promise<void>;
}

/**
 * Starts a container runtime on a unix socket. It answers the CRI v1 calls of kubeadm and of a kubelet
 * (https://github.com/kubernetes/cri-api). Instead of images it runs functions of this process, by the names of the
 * programs that they replace. Throws the error of node:net if it cannot listen on the socket.
 */
export async function startContainerRuntime(
  socketPath: string,
  script: ContainerRuntimeScript = {},
): Promise<RunningContainerRuntime> {
  const calls: string[] = [];
  const images = new Set(script.images);
  const pods = new PodStore({ root: script.root ?? "/nonexistent", programs: script.programs ?? {} });
  for (const id of script.podSandboxes ?? []) {
    const metadata = { name: `pod-${id}`, uid: id, namespace: "default", attempt: 0 };
    pods.runSandbox({ metadata, logDirectory: "" }, id);
  }
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
    answerCall(stream, (message) => answer(method, message, { script, images, pods, calls }), script.delayMs);
  });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  const stop = async () => {
    for (const session of sessions) session.destroy();
    await new Promise((closed) => server.close(closed));
    await pods.stopAll();
  };
  const podSandboxes = () => pods.sandboxes.map(({ id }) => id);
  return { calls, images, podSandboxes, stop, [Symbol.asyncDispose]: stop };
}

interface State {
  readonly script: ContainerRuntimeScript;
  readonly images: Set<string>;
  readonly pods: PodStore;
  readonly calls: string[];
}

type Handler = (message: Uint8Array, state: State) => Promise<Uint8Array>;

/** Returns a handler for a function; the messages and the name of the call are those of the program's own table. */
function handler<Q, A>(
  method: GrpcMethod<Q, A>,
  handle: (request: Q, state: State) => A | Promise<A>,
  subject: (request: Q) => string = () => "",
): readonly [string, Handler] {
  const name = method.path.split("/").at(-1) ?? "";
  const run: Handler = async (message, state) => {
    const request = method.request.decode(message);
    state.calls.push(`${name} ${subject(request)}`.trim());
    return method.response.encode(await handle(request, state));
  };
  return [method.path, run];
}

const handlers: ReadonlyMap<string, Handler> = new Map([
  handler(criMethods.version, () => ({
    version: "0.1.0",
    runtimeName: "containerd",
    runtimeVersion: "v2.4.2",
    runtimeApiVersion: "v1",
  })),
  handler(criMethods.status, ({ verbose }, { script }) => statusOf(script, verbose)),
  handler(criMethods.runtimeConfig, (_request, { script }) => {
    if (script.cgroupDriver === "unimplemented") throw unknownMethod(criMethods.runtimeConfig.path);
    if (script.cgroupDriver === "unstated") return { linux: undefined };
    const cgroupDriver = script.cgroupDriver === "cgroupfs" ? CgroupDriver.CGROUPFS : CgroupDriver.SYSTEMD;
    return { linux: { cgroupDriver } };
  }),
  handler(criMethods.imageFsInfo, () => ({})),
  handler(
    criMethods.imageStatus,
    (request, { images }) => ({
      image: images.has(imageOf(request)) ? { id: `sha256:${imageOf(request)}` } : undefined,
    }),
    imageOf,
  ),
  handler(
    criMethods.pullImage,
    (request, { script, images }) => {
      const image = imageOf(request);
      const failure = script.pullFailures?.[image];
      if (failure !== undefined) throw new GrpcFailure(grpcCodes.unknown, failure);
      images.add(image);
      return { imageRef: `sha256:${image}` };
    },
    imageOf,
  ),
  handler(criMethods.listPodSandbox, ({ filter }, { pods }) => ({
    items: pods.sandboxes
      .filter(({ config }) => isSelected(config.metadata, filter?.labelSelector ?? []))
      .map(({ id, config, state }) => ({ id, metadata: config.metadata, state })),
  })),
  handler(criMethods.listContainers, ({ filter }, { pods }) => ({
    containers: pods.containersOf(filter?.podSandboxId ?? "").map(({ id, sandboxId, config, state, createdAt }) => ({
      id,
      podSandboxId: sandboxId,
      metadata: config.metadata,
      state,
      createdAt: BigInt(createdAt.getTime()) * 1_000_000n,
    })),
  })),
  handler(criMethods.containerStatus, ({ containerId }, { pods }) => {
    const { id, sandboxId, config, state, exitCode } = existing(pods.container(containerId), "container", containerId);
    const reason = state === ContainerState.CONTAINER_EXITED ? (exitCode === 0 ? "Completed" : "Error") : "";
    const logDirectory = pods.sandboxes.find((sandbox) => sandbox.id === sandboxId)?.config.logDirectory ?? "";
    const logPath = logDirectory === "" || config.logPath === "" ? "" : join(logDirectory, config.logPath);
    return { status: { id, metadata: config.metadata, state, exitCode, reason, message: "", logPath } };
  }),
  handler(
    criMethods.stopContainer,
    async ({ containerId }, { pods }) => {
      await pods.stopContainer(containerId);
      return {};
    },
    ({ containerId }) => containerId,
  ),
  handler(
    criMethods.stopPodSandbox,
    async ({ podSandboxId }, { pods }) => {
      await pods.stopSandbox(podSandboxId);
      return {};
    },
    ({ podSandboxId }) => podSandboxId,
  ),
  handler(
    criMethods.removePodSandbox,
    async ({ podSandboxId }, { pods }) => {
      await pods.removeSandbox(podSandboxId);
      return {};
    },
    ({ podSandboxId }) => podSandboxId,
  ),
  handler(
    podMethods.runPodSandbox,
    ({ config }, { pods }) => ({ podSandboxId: pods.runSandbox(existing(config, "config", "of the sandbox")) }),
    ({ config }) => config?.metadata?.name ?? "",
  ),
  handler(
    podMethods.createContainer,
    ({ podSandboxId, config }, { pods, images }) => {
      const given = existing(config, "config", "of the container");
      if (!images.has(imageOf(given))) throw new GrpcFailure(grpcCodes.notFound, `image ${imageOf(given)}: not found`);
      const containerId = existing(pods.createContainer(podSandboxId, given), "sandbox", podSandboxId);
      return { containerId };
    },
    ({ config }) => config?.metadata?.name ?? "",
  ),
  handler(podMethods.startContainer, ({ containerId }, { pods }) => {
    try {
      pods.startContainer(existing(pods.container(containerId), "container", containerId));
    } catch (error) {
      throw error instanceof ProgramFailure ? new GrpcFailure(grpcCodes.unknown, error.message) : error;
    }
    return {};
  }),
]);

function existing<T>(found: T | undefined, kind: string, id: string): T {
  if (found === undefined) throw new GrpcFailure(grpcCodes.notFound, `${kind} ${id}: not found`);
  return found;
}

function imageOf(request: { readonly image: { readonly image: string } | undefined }): string {
  return request.image?.image ?? "";
}

async function answer(method: string, message: Uint8Array, state: State): Promise<Uint8Array> {
  if (state.script.withoutCri === true) {
    throw new GrpcFailure(grpcCodes.unimplemented, `unknown service ${method.split("/")[1] ?? ""}`);
  }
  const handle = handlers.get(method);
  if (handle === undefined) throw unknownMethod(method);
  return handle(message, state);
}

function statusOf(script: ContainerRuntimeScript, verbose: boolean): StatusResponse {
  const condition = (type: string, holds: boolean | undefined, reason: string, message: string) =>
    holds === false ? { type, status: false, reason, message } : { type, status: true, reason: "", message: "" };
  const sandboxImage = script.sandboxImage ?? "registry.k8s.io/pause:3.10.2";
  const config = { key: "config", value: JSON.stringify({ sandboxImage, ...runcConfiguration(script) }) };
  return {
    status: {
      conditions: [
        condition("RuntimeReady", script.runtimeReady, "ContainerdNotReady", "containerd is starting"),
        condition("NetworkReady", script.networkReady, "NetworkPluginNotReady", "cni plugin not initialized"),
      ],
    },
    info: verbose ? [config] : [],
  };
}

/** As containerd 1.x prints it. */
function runcConfiguration({ systemdCgroup }: ContainerRuntimeScript): object {
  if (systemdCgroup === undefined) return {};
  const runc = { runtimeType: "io.containerd.runc.v2", options: { SystemdCgroup: systemdCgroup } };
  return { containerd: { defaultRuntimeName: "runc", runtimes: { runc } } };
}

/** Whether a sandbox has all labels; it has those that the kubelet gives it, which name its Pod. */
function isSelected(
  metadata: { readonly namespace: string; readonly name: string } | undefined,
  selector: readonly { readonly key: string; readonly value: string }[],
): boolean {
  const labels = new Map([
    [podLabels.namespace as string, metadata?.namespace],
    [podLabels.name as string, metadata?.name],
  ]);
  return selector.every(({ key, value }) => labels.get(key) === value);
}
