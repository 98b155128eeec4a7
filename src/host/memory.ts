import type { Host, Machine } from "./host.ts";
import { type MemoryClock, type MemoryClockOptions, memoryClock } from "./memory/clock.ts";
import { type CommandScript, type MemoryCommands, memoryCommands } from "./memory/commands.ts";
import { type MemoryFiles, memoryFiles, type SeedEntry } from "./memory/files.ts";
import { type MemoryMounts, memoryMounts } from "./memory/mounts.ts";
import { type MemoryNetwork, memoryNetwork, type SeedNetwork } from "./memory/network.ts";
import { type MemoryServices, memoryServices, type SeedService } from "./memory/services.ts";
import type { ServiceManager } from "./service-manager.ts";

/** The initial state of a memoryHost. */
export interface MemorySeed {
  /** By absolute path; parents are created automatically. */
  readonly files?: Readonly<Record<string, SeedEntry>>;
  /** The behavior of programs, by their names. */
  readonly commands?: Readonly<Record<string, CommandScript>>;
  /** By default "systemd". */
  readonly manager?: ServiceManager;
  /** By the service's name. */
  readonly services?: Readonly<Record<string, SeedService>>;
  /** Mount points, in mount order. */
  readonly mounts?: readonly string[];
  /** By default the interfaces lo and eth0 (192.0.2.10), no ports in use, and no host name but localhost. */
  readonly network?: SeedNetwork;
  /** By default root on a Linux machine named "node-1". */
  readonly machine?: Partial<Machine>;
  readonly clock?: MemoryClockOptions;
}

/** A Host in memory. Its parts have additional methods to inspect and change their state. */
export interface MemoryHost extends Host {
  readonly files: MemoryFiles;
  readonly commands: MemoryCommands;
  readonly services: MemoryServices;
  readonly mounts: MemoryMounts;
  readonly network: MemoryNetwork;
  readonly clock: MemoryClock;
}

/** Returns a machine that exists in memory only, for tests and for previews of a run. */
export function memoryHost(seed: MemorySeed = {}): MemoryHost {
  const machine: Machine = {
    platform: "linux",
    uid: 0,
    pid: 4242,
    hostname: "node-1",
    kernelRelease: "6.12.0",
    cpus: 2,
    memoryBytes: 4 * 1024 ** 3,
    environment: { PATH: "/usr/sbin:/usr/bin" },
    ...seed.machine,
  };
  const clock = memoryClock(seed.clock);
  return {
    machine,
    processes: { identity: async (pid) => (pid === machine.pid ? "memory" : undefined) },
    clock,
    files: memoryFiles(seed.files ?? {}, { clock, uid: machine.uid }),
    commands: memoryCommands(seed.commands ?? {}, { clock, environment: machine.environment }),
    services: memoryServices(seed.manager ?? "systemd", seed.services ?? {}),
    mounts: memoryMounts(seed.mounts ?? []),
    network: memoryNetwork(seed.network ?? {}, clock),
  };
}
