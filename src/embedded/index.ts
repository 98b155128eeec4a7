/// <reference types="node" preserve="true" />
/**
 * For tests of programs that create clusters and join nodes: a control plane without machines, machines that become a
 * control plane, a kubelet, a container runtime whose containers are functions, and directories to run in. TLS, RBAC,
 * sockets and files are real.
 *
 * ```ts
 * await using cluster = await embeddedCluster();
 * const cp1 = await cluster.machine("cp1");
 * await initCluster({ flags: { controlPlaneEndpoint: cluster.endpoint }, ports: cp1.ports });
 * // Its kubelet has started the static Pods that init wrote: etcd, API server, controller manager and scheduler.
 * cp1.apiServer?.faults.add({ match: { verb: "create" }, times: 1, action: { kind: "status", code: 503 } });
 * cp1.log("etcd"); // the container's log
 * const cp2 = await cluster.machine("cp2"); // 192.0.2.12, on a network of this cluster alone
 * await joinCluster({ flags: { apiServerEndpoint: cluster.endpoint, controlPlane: true, token, … }, ports: cp2.ports });
 * cluster.etcdMembers();
 * ```
 */

export type { MemoryClockOptions } from "../host/memory/clock.ts";
export type { CommandScript } from "../host/memory/commands.ts";
export type { SeedEntry } from "../host/memory/files.ts";
export type { SeedNetwork } from "../host/memory/network.ts";
export type { SeedService } from "../host/memory/services.ts";
export { type MemoryHost, type MemorySeed, memoryHost } from "../host/memory.ts";
export {
  type ClusterMachine,
  type EmbeddedCluster,
  embeddedCluster,
  type MachineOptions,
} from "./cluster/embedded-cluster.ts";
export { type MachineHostOptions, type MachinePorts, machinePorts } from "./cluster/machine-host.ts";
export type { ComponentBehavior, ComponentBehaviors } from "./components/component-behavior.ts";
export { type ContainerProcess, type ContainerProgram, ProgramFailure } from "./container-program.ts";
export {
  type ContainerRuntimeScript,
  type RunningContainerRuntime,
  startContainerRuntime,
} from "./container-runtime.ts";
export { startControlPlane } from "./control-plane/index.ts";
export type { UnitCommand } from "./kubelet/unit.ts";
export type { NetworkPlace } from "./network/loopback-network.ts";
export { criSocketPath, type ScratchRoot, type ScratchRootOptions, scratchRoot } from "./scratch-root.ts";
export { type KubeletOptions, type RunningKubelet, startKubelet } from "./start-kubelet.ts";
