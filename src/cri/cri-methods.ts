import { methodsOf } from "../grpc/method.ts";
import * as cri from "./cri-messages.ts";

/** By its name in the package `runtime.v1`. */
export const method = methodsOf("runtime.v1");

/** The calls that kubeadm makes. */
export const criMethods = {
  version: method("RuntimeService/Version", cri.VersionRequest, cri.VersionResponse),
  status: method("RuntimeService/Status", cri.StatusRequest, cri.StatusResponse),
  runtimeConfig: method("RuntimeService/RuntimeConfig", cri.RuntimeConfigRequest, cri.RuntimeConfigResponse),
  listPodSandbox: method("RuntimeService/ListPodSandbox", cri.ListPodSandboxRequest, cri.ListPodSandboxResponse),
  stopContainer: method("RuntimeService/StopContainer", cri.StopContainerRequest, cri.StopContainerResponse),
  stopPodSandbox: method("RuntimeService/StopPodSandbox", cri.StopPodSandboxRequest, cri.StopPodSandboxResponse),
  removePodSandbox: method(
    "RuntimeService/RemovePodSandbox",
    cri.RemovePodSandboxRequest,
    cri.RemovePodSandboxResponse,
  ),
  listContainers: method("RuntimeService/ListContainers", cri.ListContainersRequest, cri.ListContainersResponse),
  containerStatus: method("RuntimeService/ContainerStatus", cri.ContainerStatusRequest, cri.ContainerStatusResponse),
  imageStatus: method("ImageService/ImageStatus", cri.ImageStatusRequest, cri.ImageStatusResponse),
  imageFsInfo: method("ImageService/ImageFsInfo", cri.ImageFsInfoRequest, cri.ImageFsInfoResponse),
  pullImage: method("ImageService/PullImage", cri.PullImageRequest, cri.PullImageResponse),
} as const;
