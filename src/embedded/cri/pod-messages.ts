// The part of the Container Runtime Interface with which a kubelet runs pods: names and field numbers of k8s.io/cri-api
// runtime.v1, without the fields nobody here reads.
import { ContainerMetadata, ImageSpec } from "../../cri/cri-messages.ts";
import { bool, field, message, optional, repeated, string, uint32, type ValueOf } from "../../grpc/message.ts";

const PodSandboxMetadata = message({
  name: field(1, string),
  uid: field(2, string),
  namespace: field(3, string),
  attempt: field(4, uint32),
});

const PodSandboxConfig = message({
  metadata: optional(1, PodSandboxMetadata),
  logDirectory: field(3, string),
});
export type PodSandboxConfig = ValueOf<typeof PodSandboxConfig>;

export const RunPodSandboxRequest = message({ config: optional(1, PodSandboxConfig) });

export const RunPodSandboxResponse = message({ podSandboxId: field(1, string) });

const KeyValue = message({
  key: field(1, string),
  value: field(2, string),
});

const Mount = message({
  containerPath: field(1, string),
  hostPath: field(2, string),
  readonly: field(3, bool),
});

const ContainerConfig = message({
  metadata: optional(1, ContainerMetadata),
  image: optional(2, ImageSpec),
  command: repeated(3, string),
  args: repeated(4, string),
  envs: repeated(6, KeyValue),
  mounts: repeated(7, Mount),
  logPath: field(11, string),
});
export type ContainerConfig = ValueOf<typeof ContainerConfig>;

export const CreateContainerRequest = message({
  podSandboxId: field(1, string),
  config: optional(2, ContainerConfig),
});

export const CreateContainerResponse = message({ containerId: field(1, string) });

export const StartContainerRequest = message({ containerId: field(1, string) });

export const StartContainerResponse = message({});
