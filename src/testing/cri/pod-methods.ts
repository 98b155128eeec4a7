import type { CriMethod } from "../../cri/cri-methods.ts";
import * as pods from "./gen/pods.ts";

/** The calls of CRI v1 that a kubelet makes and kubeadm does not. */
export const podMethods = {
  runPodSandbox: {
    path: "/runtime.v1.RuntimeService/RunPodSandbox",
    request: pods.RunPodSandboxRequest,
    response: pods.RunPodSandboxResponse,
  } satisfies CriMethod<pods.RunPodSandboxRequest, pods.RunPodSandboxResponse>,
  createContainer: {
    path: "/runtime.v1.RuntimeService/CreateContainer",
    request: pods.CreateContainerRequest,
    response: pods.CreateContainerResponse,
  } satisfies CriMethod<pods.CreateContainerRequest, pods.CreateContainerResponse>,
  startContainer: {
    path: "/runtime.v1.RuntimeService/StartContainer",
    request: pods.StartContainerRequest,
    response: pods.StartContainerResponse,
  } satisfies CriMethod<pods.StartContainerRequest, pods.StartContainerResponse>,
};
