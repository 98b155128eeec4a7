import type { Host } from "../host.ts";
import { localClock } from "./clock.ts";
import { localCommands } from "./commands.ts";
import { localFiles } from "./files.ts";
import { localMachine } from "./machine.ts";
import { commandMounts } from "./mounts.ts";
import { localNetwork } from "./network.ts";
import { nodeCalls } from "./node-calls.ts";
import { localProcesses } from "./processes.ts";
import { localRootDirectory } from "./root-directory.ts";
import type { RuntimeCalls } from "./runtime-calls.ts";
import { commandServices } from "./services.ts";

/**
 * Returns the machine that this program runs on. `calls` are the parts that depend on the runtime; the default is for
 * Node.js.
 */
export function localHost(calls: RuntimeCalls = nodeCalls): Host {
  const commands = localCommands(process.env, calls.startProgram);
  const files = localFiles();
  return {
    files,
    commands,
    services: commandServices(commands),
    mounts: commandMounts(files, commands),
    network: localNetwork(calls),
    machine: localMachine,
    processes: localProcesses(files),
    clock: localClock,
    openRoot: localRootDirectory(files),
  };
}
