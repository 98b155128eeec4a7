import { TransportError } from "../../cluster/transport.ts";
import { memoryContainerRuntimes } from "../../cri/memory.ts";
import { EtcdError } from "../../etcd/etcd.ts";
import { silentEvents } from "../../events/events.ts";
import type { MemoryHost } from "../../host/memory.ts";
import { openConnections } from "../open-connections.ts";
import { limits } from "./bounds/limits.ts";
import type { DoctorPorts, Examination } from "./examination.ts";

/** Ports of a machine in memory, without network, container runtime and etcd unless they are given. */
export function doctorPorts(host: MemoryHost, ports: Partial<DoctorPorts> = {}): DoctorPorts {
  return {
    host,
    connectTransport: () => ({
      send: async ({ url }) => {
        throw new TransportError("unreachable", url, "there is no network here");
      },
      close: () => undefined,
    }),
    connectContainerRuntime: memoryContainerRuntimes({}),
    connectEtcd: () => {
      throw new EtcdError("unavailable", "there is no etcd here");
    },
    inspectServer: async () => undefined,
    events: silentEvents,
    signal: new AbortController().signal,
    ...ports,
  };
}

export function examinationPorts(host: MemoryHost, given: Partial<DoctorPorts> = {}): Omit<Examination, "once"> {
  const { connectTransport, ...ports } = doctorPorts(host, given);
  const { clock, machine } = host;
  const connections = openConnections({
    connectTransport,
    environment: machine.environment,
    events: silentEvents,
    clock,
  });
  return { ...ports, ...host, connections, limits: limits() };
}
