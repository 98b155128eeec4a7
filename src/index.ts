/**
 * kubeadm as a library. `joinCluster` does what `kubeadm join` does, on this machine, and tells what it does as typed
 * events instead of text; `join` takes every port from the caller. Failures are KubeadmError with a stable code.
 *
 * @example
 * await joinCluster({
 *   flags: { config: "/etc/kubeadm/join.yaml" },
 *   onEvent: (event) => console.log(event.type),
 *   signal: AbortSignal.timeout(600_000),
 * });
 */
import { inspectServer } from "./cluster/https-inspection.ts";
import { connectHttps } from "./cluster/https-node.ts";
import { connectContainerRuntime } from "./cri/grpc-container-runtime.ts";
import { etcdBy } from "./etcd/grpc-etcd.ts";
import type { Event } from "./events/event.ts";
import { eventsTo } from "./events/events.ts";
import { localHost } from "./host/local/local-host.ts";
import { hostPathsOf, rootedHost } from "./host/rooted.ts";
import { type JoinFlags, joinFlagNames } from "./kubeadm/apis/join-flags.ts";
import { type JoinResult, join } from "./phases/join/join.ts";
import { nodeTlsSockets } from "./sockets/node-tls-sockets.ts";

export type { Cluster, KubernetesObject, ResourceType } from "./cluster/cluster.ts";
export { ApiStatusError } from "./cluster/cluster.ts";
export type { ConnectTransport, TlsSettings, Transport } from "./cluster/transport.ts";
export { TransportError } from "./cluster/transport.ts";
export type { ConnectContainerRuntime, ContainerRuntime } from "./cri/container-runtime.ts";
export { type ErrorCode, errorCatalogue } from "./errors/catalogue.ts";
export { isKubeadmError, KubeadmError } from "./errors/kubeadm-error.ts";
export { Secret } from "./errors/secret.ts";
export type { ConnectEtcd, Etcd, EtcdMember } from "./etcd/etcd.ts";
export type { Event, EventOf, EventType, Finding } from "./events/event.ts";
export { type Events, eventsTo, silentEvents } from "./events/events.ts";
export type { Commands, Files, Host, Machine, Network, Services } from "./host/host.ts";
export { localHost } from "./host/local/local-host.ts";
export { rootedHost } from "./host/rooted.ts";
export { joinConfigurationSchema } from "./kubeadm/apis/join-configuration-schema.ts";
export type { JoinFlags } from "./kubeadm/apis/join-flags.ts";
export { kubernetesVersion, programVersion } from "./kubeadm/version.ts";
export { joinPhases } from "./phases/join/index.ts";
export { type JoinPorts, type JoinRequest, type JoinResult, join } from "./phases/join/join.ts";
export type { Phase } from "./workflow/phase.ts";
export { plan, type Step } from "./workflow/plan.ts";

export interface JoinClusterOptions {
  /** What the command line would say; a field is a flag, `apiServerEndpoint` the argument. */
  readonly flags: Omit<JoinFlags, "given" | "accepted">;
  /** Full name of the one phase to run; the whole join without it. */
  readonly only?: string;
  /** Works on the system in this directory instead of on this machine's own files; absolute. */
  readonly rootfs?: string;
  readonly onEvent?: (event: Event) => void;
  /** Ends the join in good order when it aborts. */
  readonly signal?: AbortSignal;
}

/** Makes this machine a node of a cluster. Throws KubeadmError. */
export async function joinCluster(options: JoinClusterOptions): Promise<JoinResult> {
  const { flags, rootfs, only } = options;
  const host = await localHost();
  const locate = rootfs === undefined ? undefined : hostPathsOf(host.files, rootfs);
  return join(
    {
      flags: { ...flags, given: flagNames(flags), accepted: joinFlagNames },
      ...(only === undefined ? {} : { only }),
    },
    {
      host: rootfs === undefined ? host : rootedHost(host, rootfs),
      connectTransport: connectHttps,
      connectContainerRuntime: (endpoint) => connectContainerRuntime(endpoint, locate === undefined ? {} : { locate }),
      connectEtcd: etcdBy(nodeTlsSockets),
      inspectServer,
      events: eventsTo(options.onEvent ?? (() => undefined), () => host.clock.now()),
      signal: options.signal ?? new AbortController().signal,
    },
  );
}

/** camelCase fields under the names of their flags. */
function flagNames(flags: object): readonly string[] {
  return Object.keys(flags)
    .map((field) => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))
    .filter((name) => (joinFlagNames as readonly string[]).includes(name));
}
