import type { Host } from "../host.ts";
import { localClock } from "./clock.ts";
import { localCommands } from "./commands.ts";
import { localFiles } from "./files.ts";
import { localMachine } from "./machine.ts";
import { commandMounts } from "./mounts.ts";
import { localNetwork } from "./network.ts";
import { localProcesses } from "./processes.ts";
import { localRootDirectory } from "./root-directory.ts";
import { commandServices } from "./services.ts";

/** Returns the machine that this program runs on. */
export function localHost(): Host {
  const commands = localCommands();
  const files = localFiles();
  return {
    files,
    commands,
    services: commandServices(commands),
    mounts: commandMounts(files, commands),
    network: localNetwork(),
    machine: localMachine,
    processes: localProcesses(files),
    clock: localClock,
    openRoot: localRootDirectory(files),
  };
}
