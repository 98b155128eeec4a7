import { PortError } from "../errors/port-error.ts";

/** The endpoint where a runtime serves the Container Runtime Interface v1: `unix:///path`. */
export type CriEndpoint = string;

/** A condition that the runtime reports about itself. */
export interface RuntimeCondition {
  /** "RuntimeReady", "NetworkReady". */
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

/** What the runtime reports about itself. */
export interface RuntimeStatus {
  readonly conditions: readonly RuntimeCondition[];
  /** The verbose part of the answer; key "config" holds the runtime's own configuration as JSON. */
  readonly info: Readonly<Record<string, string>>;
}

/** The runtime's name and version. */
export interface RuntimeVersion {
  /** "containerd", "cri-o". */
  readonly name: string;
  readonly version: string;
}

/** A Pod as the runtime has it. */
export interface PodSandbox {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  /** The UID of the Pod. That of a static Pod is the hash of its manifest, which its mirror Pod is annotated with. */
  readonly uid: string;
  readonly ready: boolean;
}

/** Namespace and name of a Pod. */
export type PodName = Pick<PodSandbox, "namespace" | "name">;

/** A container of a Pod sandbox. */
export interface Container {
  readonly id: string;
  readonly name: string;
  /** How often the kubelet has restarted it. */
  readonly attempt: number;
  readonly createdAt: Date;
  readonly state: "created" | "running" | "exited" | "unknown";
}

/** How a container ended. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
}

/** Something that the runtime is downloading, such as a layer of an image. */
export interface Download {
  readonly id: string;
  readonly bytes: number;
  /** 0 if it is unknown. */
  readonly totalBytes: number;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for the whole call. */
  readonly timeoutMs: number;
  /** Maximum bytes of the answer, 16 MiB by default: ContainerRuntimeError "too-large" beyond that. */
  readonly maxAnswerBytes?: number;
}

/**
 * The cgroup driver that the runtime uses. The kubelet falls back to its own configuration if the runtime lacks the call
 * ("unimplemented", containerd 1.x) or answers without settings for Linux ("unstated").
 */
export type RuntimeCgroupDriver = "systemd" | "cgroupfs" | "unstated" | "unimplemented";

/**
 * The calls of the Container Runtime Interface v1 that kubeadm makes
 * (https://kubernetes.io/docs/concepts/architecture/cri/). Every method throws ContainerRuntimeError, or the signal's
 * reason.
 */
export interface ContainerRuntime {
  /** Returns name and version. */
  version(options: CallOptions): Promise<RuntimeVersion>;
  /** Returns the conditions, and with `verbose` the runtime's configuration. */
  status(options: CallOptions & { readonly verbose?: boolean }): Promise<RuntimeStatus>;
  /** Returns the cgroup driver. */
  cgroupDriver(options: CallOptions): Promise<RuntimeCgroupDriver>;
  /** Resolves when the runtime's image service answers. */
  checkImageService(options: CallOptions): Promise<void>;
  /** Reports whether the runtime has the image. */
  hasImage(image: string, options: CallOptions): Promise<boolean>;
  /** Resolves when the image is pulled. */
  pullImage(image: string, options: CallOptions): Promise<void>;
  /**
   * Lists what is being downloaded at the moment. CRI has no call for it: "unimplemented" with all runtimes but containerd.
   * An adapter may leave it out.
   */
  downloads?(options: CallOptions): Promise<readonly Download[]>;
  /** Lists the Pod sandboxes, in every state. */
  podSandboxes(options: CallOptions & { readonly pod?: PodName }): Promise<readonly PodSandbox[]>;
  /** Stops a pod sandbox and its containers; succeeds if it has already stopped. */
  stopPodSandbox(id: string, options: CallOptions): Promise<void>;
  /** Removes a pod sandbox with its containers; succeeds if it is already gone. */
  removePodSandbox(id: string, options: CallOptions): Promise<void>;
  /** Containers of a pod sandbox, including exited ones. */
  containers(podSandboxId: string, options: CallOptions): Promise<readonly Container[]>;
  /** Stops a container, killing it after `graceMs`; succeeds if it has already stopped. Its kubelet restarts it. */
  stopContainer(id: string, options: CallOptions & { readonly graceMs: number }): Promise<void>;
  /** How a container ended; undefined while it is running. */
  containerEnd(id: string, options: CallOptions): Promise<ContainerEnd | undefined>;
  /** The path of a container's log on this machine; empty if the runtime keeps no log file. */
  containerLogPath(id: string, options: CallOptions): Promise<string>;
  /** Closes the connection. */
  close(): void;
}

/** How a client finds the runtime's socket. */
export interface ConnectOptions {
  /** Resolves the endpoint's socket to its path on this machine if the endpoint is one of another root; may fail. */
  readonly locate?: <T>(socketPath: string, action: (hostPath: string) => Promise<T>) => Promise<T>;
}

/** Returns a client of the runtime at the endpoint. Connects on first use; the function itself never throws. */
export type ConnectContainerRuntime = (endpoint: CriEndpoint, options?: ConnectOptions) => ContainerRuntime;

/** Why a call failed. */
export type ContainerRuntimeErrorCode =
  | "unavailable"
  | "unimplemented"
  | "timed-out"
  | "not-found"
  | "permission-denied"
  | "too-large"
  | "other";

/** A call that the runtime did not answer, or answered with an error. */
export class ContainerRuntimeError extends PortError {
  /**
   * "unavailable": no connection; "unimplemented": the server behind the socket does not offer CRI v1; the others by
   * gRPC status.
   */
  readonly code: ContainerRuntimeErrorCode;

  constructor(code: ContainerRuntimeErrorCode, message: string, cause?: unknown) {
    super("ContainerRuntimeError", message, cause);
    this.code = code;
  }
}
