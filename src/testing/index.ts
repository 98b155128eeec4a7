// What tests of programs that join nodes need: a control plane without machines, a kubelet without containers, a
// container runtime without images, and places to run in. Everything is really served: TLS, RBAC, sockets, files.
export { startControlPlane } from "../controlplane/index.ts";
export { type MemoryHost, type MemorySeed, memoryHost } from "../host/memory.ts";
export {
  type ContainerRuntimeScript,
  type RunningContainerRuntime,
  startContainerRuntime,
} from "./container-runtime.ts";
export { criSocketPath, type ScratchRoot, type ScratchRootOptions, scratchRoot } from "./scratch-root.ts";
export { type KubeletOptions, type RunningKubelet, startKubelet } from "./start-kubelet.ts";
