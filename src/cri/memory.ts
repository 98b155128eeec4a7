import { abortReason, throwIfAborted } from "../async/signal.ts";
import {
  type CallOptions,
  type ConnectContainerRuntime,
  type Container,
  type ContainerEnd,
  type ContainerRuntime,
  ContainerRuntimeError,
  type PodSandbox,
  type RuntimeCgroupDriver,
  type RuntimeCondition,
  type RuntimeVersion,
} from "./container-runtime.ts";

/** A container runtime in memory; every field may be changed between calls. */
export interface MemoryRuntime {
  version: RuntimeVersion;
  conditions: RuntimeCondition[];
  info: Record<string, string>;
  cgroupDriver: RuntimeCgroupDriver;
  readonly images: Set<string>;
  sandboxes: PodSandbox[];
  /** By the id of their pod sandbox. */
  readonly containers: Map<string, Container[]>;
  readonly ends: Map<string, ContainerEnd>;
  /** By the id of the container. */
  readonly logPaths: Map<string, string>;
  /** The error of a method's calls. "hang": the call never ends. */
  readonly failures: Map<RuntimeMethod, ContainerRuntimeError | "hang">;
  /** Every call so far: "pullImage registry.k8s.io/pause:3.10.1". */
  readonly calls: string[];
}

export type RuntimeMethod = Exclude<keyof ContainerRuntime, "close">;

/** A healthy containerd 2.x without images or pods, except for those that are given. */
export function memoryRuntime(state: Partial<MemoryRuntime> = {}): MemoryRuntime {
  return {
    version: { name: "containerd", version: "v2.2.1" },
    conditions: [
      { type: "RuntimeReady", status: true, reason: "", message: "" },
      { type: "NetworkReady", status: true, reason: "", message: "" },
    ],
    info: {},
    cgroupDriver: "systemd",
    images: new Set(),
    sandboxes: [],
    containers: new Map(),
    ends: new Map(),
    logPaths: new Map(),
    failures: new Map(),
    calls: [],
    ...state,
  };
}

/**
 * Connects to the given runtimes by endpoint ("unix:///run/containerd/containerd.sock"); nothing listens on any other.
 */
export function memoryContainerRuntimes(runtimes: Readonly<Record<string, MemoryRuntime>>): ConnectContainerRuntime {
  return (endpoint) => {
    const runtime = runtimes[endpoint];
    return runtime === undefined ? absentRuntime(endpoint) : connected(runtime);
  };
}

function connected(runtime: MemoryRuntime): ContainerRuntime {
  let closed = false;
  const call = async <T>(method: RuntimeMethod, subject: string, options: CallOptions, answer: () => T): Promise<T> => {
    throwIfAborted(options.signal);
    if (closed) throw new ContainerRuntimeError("other", `${canceled} grpc: the client connection is closing`);
    runtime.calls.push(subject === "" ? method : `${method} ${subject}`);
    const failure = runtime.failures.get(method);
    if (failure === "hang") return hang(options);
    if (failure !== undefined) throw failure;
    return answer();
  };
  return {
    version: (options) => call("version", "", options, () => runtime.version),
    status: (options) =>
      call("status", "", options, () => ({
        conditions: [...runtime.conditions],
        info: options.verbose ? { ...runtime.info } : {},
      })),
    cgroupDriver: (options) => call("cgroupDriver", "", options, () => runtime.cgroupDriver),
    checkImageService: (options) => call("checkImageService", "", options, () => undefined),
    hasImage: (image, options) => call("hasImage", image, options, () => runtime.images.has(image)),
    pullImage: (image, options) => call("pullImage", image, options, () => void runtime.images.add(image)),
    podSandboxes: (options) => call("podSandboxes", "", options, () => [...runtime.sandboxes]),
    stopPodSandbox: (id, options) =>
      call("stopPodSandbox", id, options, () => {
        runtime.sandboxes = runtime.sandboxes.map((sandbox) =>
          sandbox.id === id ? { ...sandbox, ready: false } : sandbox,
        );
      }),
    removePodSandbox: (id, options) =>
      call("removePodSandbox", id, options, () => {
        runtime.sandboxes = runtime.sandboxes.filter((sandbox) => sandbox.id !== id);
        runtime.containers.delete(id);
      }),
    containers: (id, options) => call("containers", id, options, () => runtime.containers.get(id) ?? []),
    stopContainer: (id, options) =>
      call("stopContainer", id, options, () => {
        for (const [sandbox, containers] of runtime.containers) {
          const ended = containers.map((each) => (each.id === id ? { ...each, state: "exited" as const } : each));
          runtime.containers.set(sandbox, ended);
        }
      }),
    containerEnd: (id, options) => call("containerEnd", id, options, () => runtime.ends.get(id)),
    containerLogPath: (id, options) => call("containerLogPath", id, options, () => runtime.logPaths.get(id) ?? ""),
    close: () => {
      closed = true;
    },
  };
}

const canceled = "rpc error: code = Canceled desc =";

function absentRuntime(endpoint: string): ContainerRuntime {
  const path = endpoint.replace(/^unix:\/\//, "");
  const failing = memoryRuntime();
  const dialing = `transport: Error while dialing: dial unix ${path}: connect: no such file or directory`;
  const message = `rpc error: code = Unavailable desc = connection error: desc = "${dialing}"`;
  const error = new ContainerRuntimeError("unavailable", message);
  const { close, ...methods } = connected(failing);
  for (const method of Object.keys(methods)) failing.failures.set(method as RuntimeMethod, error);
  return { ...methods, close };
}

function hang(options: CallOptions): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const message = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
  const timer = setTimeout(() => reject(new ContainerRuntimeError("timed-out", message)), options.timeoutMs);
  const onAbort = () => reject(abortReason(options.signal));
  options.signal.addEventListener("abort", onAbort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", onAbort);
  });
}
