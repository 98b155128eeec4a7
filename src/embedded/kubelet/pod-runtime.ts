import { ContainerState, PodSandboxState } from "../../cri/cri-messages.ts";
import { criMethods } from "../../cri/cri-methods.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { grpcChannel } from "../../grpc/channel.ts";
import { unixTarget } from "../../grpc/dial.ts";
import type { GrpcMethod } from "../../grpc/method.ts";
import type { ContainerConfig, PodSandboxConfig } from "../cri/pod-messages.ts";
import { podMethods } from "../cri/pod-methods.ts";

export interface Sandbox {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly isReady: boolean;
}

export interface PodContainer {
  readonly id: string;
  readonly name: string;
  /** How often it was restarted. */
  readonly attempt: number;
  readonly isRunning: boolean;
}

/** The kubelet's operations on the container runtime, over CRI. */
export interface PodRuntime {
  sandboxes(): Promise<readonly Sandbox[]>;
  containers(sandboxId: string): Promise<readonly PodContainer[]>;
  runSandbox(config: PodSandboxConfig): Promise<string>;
  startContainer(sandboxId: string, config: ContainerConfig): Promise<void>;
  stopAndRemove(sandboxId: string): Promise<void>;
  close(): void;
}

/** An image that a container needs cannot be pulled. */
export class ImagePullFailure extends Error {
  readonly image: string;
  readonly container: string;

  constructor({ image, metadata }: ContainerConfig, cause: unknown) {
    super(messageOf(cause), { cause });
    this.name = "ImagePullFailure";
    this.image = image?.image ?? "";
    this.container = metadata?.name ?? "";
  }
}

const callTimeoutMs = 10_000;

export function connectPodRuntime(socketPath: string, signal: AbortSignal): PodRuntime {
  const channel = grpcChannel(unixTarget(socketPath));
  const call = async <Q, A>(method: GrpcMethod<Q, A>, request: Q): Promise<A> => {
    const message = method.request.encode(request);
    return method.response.decode(await channel.unary(method.path, message, { signal, timeoutMs: callTimeoutMs }));
  };
  return {
    sandboxes: async () =>
      (await call(criMethods.listPodSandbox, { filter: undefined })).items.map(({ id, metadata, state }) => ({
        id,
        name: metadata?.name ?? "",
        namespace: metadata?.namespace ?? "",
        uid: metadata?.uid ?? "",
        isReady: state === PodSandboxState.SANDBOX_READY,
      })),
    containers: async (podSandboxId) =>
      (await call(criMethods.listContainers, { filter: { podSandboxId } })).containers.map(
        ({ id, metadata, state }) => ({
          id,
          name: metadata?.name ?? "",
          attempt: metadata?.attempt ?? 0,
          isRunning: state === ContainerState.CONTAINER_RUNNING,
        }),
      ),
    runSandbox: async (config) => (await call(podMethods.runPodSandbox, { config })).podSandboxId,
    startContainer: async (podSandboxId, config) => {
      const image = { image: config.image?.image ?? "" };
      if ((await call(criMethods.imageStatus, { image })).image === undefined) {
        await call(criMethods.pullImage, { image }).catch((error: unknown) => {
          throw new ImagePullFailure(config, error);
        });
      }
      const { containerId } = await call(podMethods.createContainer, { podSandboxId, config });
      await call(podMethods.startContainer, { containerId });
    },
    stopAndRemove: async (podSandboxId) => {
      await call(criMethods.stopPodSandbox, { podSandboxId });
      await call(criMethods.removePodSandbox, { podSandboxId });
    },
    close: () => channel.close(),
  };
}
