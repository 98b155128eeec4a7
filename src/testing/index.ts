// What tests of programs that make clusters and join nodes need: a control plane without machines, machines that become
// one, a kubelet, a container runtime whose containers are functions, and places to run in. Everything is really served:
// TLS, RBAC, sockets, files.
export { startControlPlane } from "../controlplane/index.ts";
export { type MemoryHost, type MemorySeed, memoryHost } from "../host/memory.ts";
export {
  type ClusterMachine,
  type EmbeddedCluster,
  embeddedCluster,
  type MachineOptions,
} from "./cluster/embedded-cluster.ts";
export { type MachinePorts, machinePorts } from "./cluster/machine-host.ts";
export { type ContainerProcess, type ContainerProgram, ProgramFailure } from "./container-program.ts";
export {
  type ContainerRuntimeScript,
  type RunningContainerRuntime,
  startContainerRuntime,
} from "./container-runtime.ts";
export { criSocketPath, type ScratchRoot, type ScratchRootOptions, scratchRoot } from "./scratch-root.ts";
export { type KubeletOptions, type RunningKubelet, startKubelet } from "./start-kubelet.ts";
