import { grpcCall } from "../grpc/call.ts";
import { grpcChannel } from "../grpc/channel.ts";
import { unixTarget } from "../grpc/dial.ts";
import type { GrpcMethod } from "../grpc/method.ts";
import { GrpcError, type GrpcStatus } from "../grpc/status.ts";
import { defined } from "../values/defined.ts";
import {
  type CallOptions,
  type ConnectContainerRuntime,
  type Container,
  ContainerRuntimeError,
  type ContainerRuntimeErrorCode,
  type PodName,
} from "./container-runtime.ts";
import { contentMethods, criNamespace } from "./containerd-content.ts";
import { CgroupDriver, ContainerState, PodSandboxState, podLabels } from "./cri-messages.ts";
import { criMethods } from "./cri-methods.ts";

/** The container runtime behind a CRI socket, over gRPC. */
export const connectContainerRuntime: ConnectContainerRuntime = (endpoint, options = {}) => {
  const channel = grpcChannel(unixTarget(endpoint.replace(/^unix:\/\//, ""), options));

  const call = async <Q, A>(
    method: GrpcMethod<Q, A>,
    request: Q,
    { signal, timeoutMs, maxAnswerBytes }: CallOptions,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<A> => {
    try {
      return await grpcCall(channel, method, request, { signal, timeoutMs, metadata, ...defined({ maxAnswerBytes }) });
    } catch (error) {
      throw error instanceof GrpcError ? runtimeError(error) : error;
    }
  };

  return {
    version: async (options) => {
      const answer = await call(criMethods.version, { version: "" }, options);
      return { name: answer.runtimeName, version: answer.runtimeVersion };
    },
    status: async (options) => {
      const answer = await call(criMethods.status, { verbose: options.verbose ?? false }, options);
      return {
        conditions: answer.status?.conditions ?? [],
        info: Object.fromEntries(answer.info.map(({ key, value }) => [key, value])),
      };
    },
    cgroupDriver: async (options) => {
      try {
        const { linux } = await call(criMethods.runtimeConfig, {}, options);
        if (linux === undefined) return "unstated";
        return linux.cgroupDriver === CgroupDriver.CGROUPFS ? "cgroupfs" : "systemd";
      } catch (error) {
        if (error instanceof ContainerRuntimeError && error.code === "unimplemented" && !isMissingService(error)) {
          return "unimplemented";
        }
        throw error;
      }
    },
    checkImageService: async (options) => {
      await call(criMethods.imageFsInfo, {}, options);
    },
    hasImage: async (image, options) => {
      const answer = await call(criMethods.imageStatus, { image: { image } }, options);
      return answer.image !== undefined;
    },
    pullImage: async (image, options) => {
      await call(criMethods.pullImage, { image: { image } }, options);
    },
    downloads: async (options) => {
      const { statuses } = await call(contentMethods.listStatuses, {}, options, criNamespace);
      return statuses.map(({ ref, offset, total }) => ({ id: ref, bytes: Number(offset), totalBytes: Number(total) }));
    },
    podSandboxes: async (options) => {
      const answer = await call(criMethods.listPodSandbox, { filter: filterFor(options.pod) }, options);
      return answer.items.map(({ id, metadata, state }) => ({
        id,
        name: metadata?.name ?? "",
        namespace: metadata?.namespace ?? "",
        uid: metadata?.uid ?? "",
        ready: state === PodSandboxState.SANDBOX_READY,
      }));
    },
    stopPodSandbox: async (podSandboxId, options) => {
      await call(criMethods.stopPodSandbox, { podSandboxId }, options);
    },
    removePodSandbox: async (podSandboxId, options) => {
      await call(criMethods.removePodSandbox, { podSandboxId }, options);
    },
    containers: async (podSandboxId, options) => {
      const answer = await call(criMethods.listContainers, { filter: { podSandboxId } }, options);
      return answer.containers.map(({ id, metadata, state, createdAt }) => ({
        id,
        name: metadata?.name ?? "",
        attempt: metadata?.attempt ?? 0,
        createdAt: new Date(Number(createdAt / nanosecondsPerMillisecond)),
        state: stateNames.get(state) ?? "unknown",
      }));
    },
    stopContainer: async (containerId, { graceMs, ...options }) => {
      await call(criMethods.stopContainer, { containerId, timeout: BigInt(Math.ceil(graceMs / 1_000)) }, options);
    },
    containerEnd: async (containerId, options) => {
      const { status } = await call(criMethods.containerStatus, { containerId }, options);
      if (status?.state !== ContainerState.CONTAINER_EXITED) return undefined;
      return { exitCode: status.exitCode, reason: status.reason, message: status.message };
    },
    containerLogPath: async (containerId, options) => {
      const { status } = await call(criMethods.containerStatus, { containerId }, options);
      return status?.logPath ?? "";
    },
    close: () => channel.close(),
  };
};

/** The kubelet labels each sandbox with the name of its Pod. */
function filterFor(pod: PodName | undefined) {
  if (pod === undefined) return undefined;
  return {
    labelSelector: [
      { key: podLabels.namespace, value: pod.namespace },
      { key: podLabels.name, value: pod.name },
    ],
  };
}

const nanosecondsPerMillisecond = 1_000_000n;

const stateNames: ReadonlyMap<number, Container["state"]> = new Map([
  [ContainerState.CONTAINER_CREATED, "created"],
  [ContainerState.CONTAINER_RUNNING, "running"],
  [ContainerState.CONTAINER_EXITED, "exited"],
]);

/**
 * A server without the service and a service without the method both answer Unimplemented; the messages are grpc-go's.
 */
function isMissingService(error: ContainerRuntimeError): boolean {
  return error.message.includes("unknown service");
}

const codes: Partial<Record<GrpcStatus, ContainerRuntimeErrorCode>> = {
  Unavailable: "unavailable",
  Unimplemented: "unimplemented",
  DeadlineExceeded: "timed-out",
  NotFound: "not-found",
  PermissionDenied: "permission-denied",
  ResourceExhausted: "too-large",
};

function runtimeError(error: GrpcError): ContainerRuntimeError {
  return new ContainerRuntimeError(codes[error.status] ?? "other", error.message, error);
}
