import { method } from "../../cri/cri-methods.ts";
import * as pods from "./pod-messages.ts";

/** The calls of CRI v1 that a kubelet makes and kubeadm does not. */
export const podMethods = {
  runPodSandbox: method("RuntimeService/RunPodSandbox", pods.RunPodSandboxRequest, pods.RunPodSandboxResponse),
  createContainer: method("RuntimeService/CreateContainer", pods.CreateContainerRequest, pods.CreateContainerResponse),
  startContainer: method("RuntimeService/StartContainer", pods.StartContainerRequest, pods.StartContainerResponse),
} as const;
