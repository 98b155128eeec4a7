// The part of the Container Runtime Interface that kubeadm uses: names and field numbers of k8s.io/cri-api runtime.v1,
// without the fields nobody here reads.
import {
  bool,
  field,
  int32,
  int64,
  message,
  optional,
  repeated,
  string,
  uint32,
  type ValueOf,
} from "../grpc/message.ts";

export const VersionRequest = message({ version: field(1, string) });

export const VersionResponse = message({
  version: field(1, string),
  runtimeName: field(2, string),
  runtimeVersion: field(3, string),
  runtimeApiVersion: field(4, string),
});

export const StatusRequest = message({ verbose: field(1, bool) });

const RuntimeCondition = message({
  type: field(1, string),
  status: field(2, bool),
  reason: field(3, string),
  message: field(4, string),
});

const RuntimeStatus = message({ conditions: repeated(1, RuntimeCondition) });

const InfoEntry = message({
  key: field(1, string),
  value: field(2, string),
});

export const StatusResponse = message({
  status: optional(1, RuntimeStatus),
  /** A map. */
  info: repeated(2, InfoEntry),
});
export type StatusResponse = ValueOf<typeof StatusResponse>;

export const RuntimeConfigRequest = message({});

const LinuxRuntimeConfiguration = message({ cgroupDriver: field(1, int32) });

export const RuntimeConfigResponse = message({ linux: optional(1, LinuxRuntimeConfiguration) });

export const CgroupDriver = { SYSTEMD: 0, CGROUPFS: 1 } as const;

export const ImageSpec = message({ image: field(1, string) });

export const ImageStatusRequest = message({ image: optional(1, ImageSpec) });

const Image = message({ id: field(1, string) });

export const ImageStatusResponse = message({ image: optional(1, Image) });

export const PullImageRequest = message({ image: optional(1, ImageSpec) });

export const PullImageResponse = message({ imageRef: field(1, string) });

export const ImageFsInfoRequest = message({});

export const ImageFsInfoResponse = message({});

const PodSandboxMetadata = message({
  name: field(1, string),
  uid: field(2, string),
  namespace: field(3, string),
});

export const PodSandboxState = { SANDBOX_READY: 0, SANDBOX_NOTREADY: 1 } as const;
export type PodSandboxState = (typeof PodSandboxState)[keyof typeof PodSandboxState];

const PodSandbox = message({
  id: field(1, string),
  metadata: optional(2, PodSandboxMetadata),
  state: field(3, int32),
});

/** The labels by which the kubelet names the Pod of a sandbox. */
export const podLabels = { namespace: "io.kubernetes.pod.namespace", name: "io.kubernetes.pod.name" } as const;

const Label = message({ key: field(1, string), value: field(2, string) });

/** A sandbox passes that has all labels. */
const PodSandboxFilter = message({ labelSelector: repeated(3, Label) });

export const ListPodSandboxRequest = message({ filter: optional(1, PodSandboxFilter) });

export const ListPodSandboxResponse = message({ items: repeated(1, PodSandbox) });

export const StopPodSandboxRequest = message({ podSandboxId: field(1, string) });

export const StopPodSandboxResponse = message({});

export const RemovePodSandboxRequest = message({ podSandboxId: field(1, string) });

export const RemovePodSandboxResponse = message({});

export const StopContainerRequest = message({
  containerId: field(1, string),
  timeout: field(2, int64),
});

export const StopContainerResponse = message({});

export const ContainerState = {
  CONTAINER_CREATED: 0,
  CONTAINER_RUNNING: 1,
  CONTAINER_EXITED: 2,
  CONTAINER_UNKNOWN: 3,
} as const;
export type ContainerState = (typeof ContainerState)[keyof typeof ContainerState];

export const ContainerMetadata = message({
  name: field(1, string),
  attempt: field(2, uint32),
});

const ContainerFilter = message({ podSandboxId: field(3, string) });

export const ListContainersRequest = message({ filter: optional(1, ContainerFilter) });

const Container = message({
  id: field(1, string),
  podSandboxId: field(2, string),
  metadata: optional(3, ContainerMetadata),
  state: field(6, int32),
  createdAt: field(7, int64),
});

export const ListContainersResponse = message({ containers: repeated(1, Container) });

export const ContainerStatusRequest = message({ containerId: field(1, string) });

const ContainerStatus = message({
  id: field(1, string),
  metadata: optional(2, ContainerMetadata),
  state: field(3, int32),
  exitCode: field(7, int32),
  reason: field(10, string),
  message: field(11, string),
  logPath: field(15, string),
});

export const ContainerStatusResponse = message({ status: optional(1, ContainerStatus) });
