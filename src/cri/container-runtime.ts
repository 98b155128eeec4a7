/** Where a runtime speaks the Container Runtime Interface v1: `unix:///path`. */
export type CriEndpoint = string;

export interface RuntimeCondition {
  /** "RuntimeReady", "NetworkReady". */
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface RuntimeStatus {
  readonly conditions: readonly RuntimeCondition[];
  /** The verbose part of the answer; key "config" holds the runtime's own configuration as JSON. */
  readonly info: Readonly<Record<string, string>>;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The calls of CRI v1 that kubeadm makes. Every method throws ContainerRuntimeError. */
export interface ContainerRuntime {
  status(options: CallOptions & { readonly verbose?: boolean }): Promise<RuntimeStatus>;
  /** The cgroup driver the runtime uses; "unimplemented" for runtimes that lack the call (containerd 1.x). */
  cgroupDriver(options: CallOptions): Promise<"systemd" | "cgroupfs" | "unimplemented">;
  hasImage(image: string, options: CallOptions): Promise<boolean>;
  pullImage(image: string, options: CallOptions): Promise<void>;
  close(): void;
}

/** Opens a connection on first use; never fails by itself. */
export type ConnectContainerRuntime = (endpoint: CriEndpoint) => ContainerRuntime;

export class ContainerRuntimeError extends Error {
  /** "unavailable": no connection; "unimplemented": no CRI v1 behind the socket; the rest by gRPC status. */
  readonly code: "unavailable" | "unimplemented" | "timed-out" | "not-found" | "permission-denied" | "other";

  constructor(code: ContainerRuntimeError["code"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ContainerRuntimeError";
    this.code = code;
  }
}
