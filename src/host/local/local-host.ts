import type { Host } from "../host.ts";
import { localClock } from "./clock.ts";
import { localCommands } from "./commands.ts";
import { localFiles } from "./files.ts";
import { localMachine } from "./machine.ts";
import { commandMounts } from "./mounts.ts";
import { localNetwork } from "./network.ts";
import { commandServices } from "./services.ts";

/** This machine itself. */
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
    clock: localClock,
  };
}
