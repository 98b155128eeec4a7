import type { ConnectTransport } from "../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { Host } from "../../host/host.ts";
import { type FindDirectory, pathFrom } from "../../host/path-from.ts";
import { rootDirectoryOf, rootedHost } from "../../host/rooted.ts";
import type { WorkflowPorts } from "../../phases/workflow.ts";
import type { GlobalValues } from "../line/command.ts";
import type { Ports } from "../ports.ts";
import { rootfsPath } from "../rootfs.ts";

export interface Surroundings {
  readonly global: GlobalValues;
  readonly ports: Ports;
}

/** This machine, or the one below --rootfs. */
export async function machineOf({ global, ports }: Surroundings): Promise<Host> {
  const host = await ports.openHost();
  return global.rootfs === "" ? host : rootedHost(host, rootfsPath(global.rootfs, ports));
}

/** Where relative paths of the command line begin: after a change of root it is the root. */
export function workingDirectoryOf({ global, ports }: Surroundings): FindDirectory {
  return global.rootfs === "" ? ports.workingDirectory : () => "/";
}

/** The absolute path of a file on the command line; an empty one stays so. */
export function filePath(given: string, surroundings: Surroundings): string {
  return pathFrom(workingDirectoryOf(surroundings), given);
}

/** What every workflow reaches of the machine it works on. */
export interface WorkflowMachine {
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  /** To the sockets of that machine's root. */
  readonly connectContainerRuntime: ConnectContainerRuntime;
  /** Of relative paths. */
  readonly workingDirectory: FindDirectory;
}

/** What a workflow uses, but for its events. */
export async function workflowPorts({
  global,
  ports,
}: Surroundings): Promise<Omit<WorkflowPorts, "events"> & Pick<WorkflowMachine, "workingDirectory">> {
  const [machine, connectEtcd, inspectServer] = await Promise.all([
    workflowMachine({ global, ports }),
    ports.connectEtcd(),
    ports.inspectServer(),
  ]);
  const readLine = (signal: AbortSignal) => ports.readLine(signal);
  return { ...machine, connectEtcd, inspectServer, readLine, signal: ports.signal };
}

export async function workflowMachine({ global, ports }: Surroundings): Promise<WorkflowMachine> {
  const [host, connectTransport, connectContainerRuntime] = await Promise.all([
    ports.openHost(),
    ports.connectTransport(),
    ports.connectContainerRuntime(),
  ]);
  const workingDirectory = workingDirectoryOf({ global, ports });
  if (global.rootfs === "") return { host, connectTransport, connectContainerRuntime, workingDirectory };
  const root = rootfsPath(global.rootfs, ports);
  const locate = rootDirectoryOf(host, root).withSocket;
  return {
    host: rootedHost(host, root),
    connectTransport,
    connectContainerRuntime: (endpoint) => connectContainerRuntime(endpoint, { locate }),
    workingDirectory,
  };
}
