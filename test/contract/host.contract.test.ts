import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { silentEvents } from "../../src/events/events.ts";
import { dryRunHost, flatBelow } from "../../src/host/dry-run.ts";
import type { Host } from "../../src/host/host.ts";
import { localCommands } from "../../src/host/local/commands.ts";
import { localHost } from "../../src/host/local/local-host.ts";
import { commandServices } from "../../src/host/local/services.ts";
import { hangingProgram } from "../../src/host/memory/commands.ts";
import type { MemoryServices } from "../../src/host/memory/services.ts";
import { type MemoryHost, memoryHost } from "../../src/host/memory.ts";
import { observedHost } from "../../src/host/observed.ts";
import { revertibleFiles } from "../../src/host/revertible.ts";
import { rootedHost } from "../../src/host/rooted.ts";
import { recordedFiles } from "../../src/journal/recorded-host.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { clockContract } from "./clock.contract.ts";
import { type CommandsSubject, commandsContract } from "./commands.contract.ts";
import { type FilesSubject, filesContract } from "./files.contract.ts";
import { type NetworkSubject, networkContract } from "./network.contract.ts";
import { openrcPrograms, systemdPrograms } from "./service-programs.ts";
import { noServicesContract, type ServicesSubject, servicesContract } from "./services.contract.ts";

const isRoot = process.geteuid?.() === 0;

// ---- files

/** A directory of the machine for one case. */
function scratch(): { readonly directory: string; dispose(): Promise<void> } {
  const { path, ...directory } = temporaryDirectory();
  return { directory: path, dispose: async () => directory[Symbol.dispose]() };
}

function inScratch(hostOf: (directory: string) => Host) {
  return async (): Promise<FilesSubject & { dispose(): Promise<void> }> => {
    const { directory, dispose } = scratch();
    const place = join(directory, "place");
    mkdirSync(place);
    return { files: hostOf(directory).files, directory: place, endless: "/dev/zero", dispose };
  };
}

function memoryWithPlace(): MemoryHost {
  return memoryHost({ files: { "/place": { kind: "directory" }, "/dev/zero": { kind: "other", mode: 0o666 } } });
}

const endlessMemory = "a device without end is read up to the limit only";
const memoryDevices = { [endlessMemory]: "devices in memory are empty" };

filesContract({ name: "local", make: inScratch(() => localHost()) });
filesContract({
  name: "memory",
  make: async () => ({ files: memoryWithPlace().files, directory: "/place", endless: "/dev/zero" }),
  exceptions: memoryDevices,
});
filesContract({
  name: "rooted over local",
  make: async () => {
    const { directory: root, dispose } = scratch();
    mkdirSync(join(root, "place"));
    if (isRoot) execFileSync("mknod", [join(root, "zero"), "c", "1", "5"]);
    return { files: rootedHost(localHost(), root).files, directory: "/place", endless: "/zero", dispose };
  },
  exceptions: isRoot
    ? {}
    : {
        "a device without end is read up to the limit only": "only root makes devices",
        "a device cannot be overwritten": "only root makes devices",
      },
});
filesContract({
  name: "rooted over memory",
  make: async () => {
    const host = memoryHost({
      files: { "/root/place": { kind: "directory" }, "/root/dev/zero": { kind: "other", mode: 0o666 } },
    });
    return { files: rootedHost(host, "/root").files, directory: "/place", endless: "/dev/zero" };
  },
  exceptions: memoryDevices,
});
filesContract({
  name: "dry run over local",
  make: inScratch((directory) =>
    dryRunHost(localHost(), { directory: join(directory, "dry-run"), redirect: flatBelow("/etc/kubernetes/pki") }),
  ),
});
filesContract({
  name: "observed over memory",
  make: async () => ({
    files: observedHost(memoryWithPlace(), silentEvents).files,
    directory: "/place",
    endless: "/dev/zero",
  }),
  exceptions: memoryDevices,
});

filesContract({
  name: "revertible over memory",
  make: async () => ({ files: revertibleFiles(memoryWithPlace().files), directory: "/place", endless: "/dev/zero" }),
  exceptions: memoryDevices,
});

filesContract({
  name: "recorded over memory",
  make: async () => ({
    files: recordedFiles(memoryWithPlace().files, {
      filesChange: async () => undefined,
      serviceChanges: async () => undefined,
    }),
    directory: "/place",
    endless: "/dev/zero",
  }),
  exceptions: memoryDevices,
});

// ---- commands

const machinePrograms: CommandsSubject["programs"] = {
  tells: ["sh", "-c", "printf out; printf err >&2; exit 3"],
  copies: ["cat"],
  environment: ["env"],
  arguments: ["sh", "-c", 'for word do printf "%s\\n" "$word"; done', "sh"],
  hangs: ["sh", "-c", "sleep 300 & sleep 300"],
};

const environment = {
  PATH: process.env["PATH"],
  CONTRACT_KEPT: "yes",
  NODE_OPTIONS: "--no-deprecation",
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  NODE_EXTRA_CA_CERTS: "/nowhere",
  BUN_OPTIONS: "--smol",
  BUN_BE_BUN: "1",
};

const memoryPrograms: CommandsSubject["programs"] = {
  tells: ["tells"],
  copies: ["copies"],
  environment: ["environment"],
  arguments: ["arguments"],
  hangs: ["hangs"],
};

function memoryWithPrograms(): MemoryHost {
  const host = memoryHost({
    machine: { environment },
    clock: { automatic: true },
    commands: {
      tells: { exitCode: 3, stdout: "out", stderr: "err" },
      copies: ({ input }) => ({ stdout: input }),
      environment: (call) => ({
        stdout: Object.entries(call.environment)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(""),
      }),
      arguments: ({ argv }) => ({
        stdout: argv
          .slice(1)
          .map((word) => `${word}\n`)
          .join(""),
      }),
      hangs: hangingProgram,
      chroot: ({ argv: [, , program = "", ...args], environment: given, input, signal }) =>
        host.commands.run([program, ...args], { environment: given, input, signal, timeoutMs: 3_600_000 }),
    },
    files: Object.fromEntries(
      Object.values(memoryPrograms).map(([name]) => [`/root/usr/bin/${name}`, { mode: 0o755, content: "" }]),
    ),
  });
  return host;
}

const localWithEnvironment = (): Host => ({
  ...localHost(),
  commands: localCommands(environment),
  machine: { ...localHost().machine, environment, uid: process.geteuid?.() ?? 0 },
});

commandsContract({
  name: "local",
  make: async () => ({ commands: localCommands(environment), programs: machinePrograms }),
});
commandsContract({
  name: "memory",
  make: async () => ({ commands: memoryWithPrograms().commands, programs: memoryPrograms }),
});
commandsContract({
  name: "rooted over memory",
  make: async () => ({ commands: rootedHost(memoryWithPrograms(), "/root").commands, programs: memoryPrograms }),
});
if (isRoot) {
  commandsContract({
    name: "rooted at / over local",
    make: async () => ({ commands: rootedHost(localWithEnvironment(), "/").commands, programs: machinePrograms }),
  });
}
commandsContract({
  name: "dry run over local, commands that only look",
  make: async () => {
    const { commands } = dryRunHost(localWithEnvironment(), { directory: "/nowhere", redirect: (path) => path });
    return {
      commands: { ...commands, run: (argv, options) => commands.run(argv, { ...options, readOnly: true }) },
      programs: machinePrograms,
    };
  },
});
commandsContract({
  name: "observed over memory",
  make: async () => ({ commands: observedHost(memoryWithPrograms(), silentEvents).commands, programs: memoryPrograms }),
});

// ---- services

function memoryWithServices(manager: "systemd" | "openrc"): MemoryHost {
  return memoryHost({
    manager,
    services: { kubelet: { journal: ["line 1", "line 2", "line 3"] }, other: { enabled: false } },
  });
}

const subject = (backend: MemoryServices, services: ServicesSubject["services"]): ServicesSubject => ({
  services,
  manager: "systemd",
  edit: (service) => backend.set(service, { needsReload: true }),
  fails: (service, restarts) => backend.set(service, { state: "activating", subState: "auto-restart", restarts }),
});

const withoutSystemd = {
  "changed definitions are known until they are read again": "OpenRC keeps no definitions",
  "the journal has the last lines since the latest start": "there is no journal",
  "automatic starts are counted from the last start that was asked for": "OpenRC does not count",
};

servicesContract({
  name: "memory",
  make: async () => {
    const { services } = memoryWithServices("systemd");
    return subject(services, services);
  },
});
servicesContract({
  name: "memory as OpenRC",
  make: async () => {
    const { services } = memoryWithServices("openrc");
    return { ...subject(services, services), manager: "openrc" };
  },
  exceptions: withoutSystemd,
});
servicesContract({
  name: "systemd by its programs",
  make: async () => {
    const { services } = memoryWithServices("systemd");
    return subject(services, commandServices(memoryHost({ commands: systemdPrograms(services) }).commands));
  },
});
servicesContract({
  name: "OpenRC by its programs",
  make: async () => {
    const { services } = memoryWithServices("openrc");
    const commands = memoryHost({ commands: openrcPrograms(services) }).commands;
    return { ...subject(services, commandServices(commands)), manager: "openrc" };
  },
  exceptions: withoutSystemd,
});
servicesContract({
  name: "observed over memory",
  make: async () => {
    const host = memoryWithServices("systemd");
    return subject(host.services, observedHost(host, silentEvents).services);
  },
});
servicesContract({
  name: "dry run over memory",
  make: async () => {
    const host = memoryWithServices("systemd");
    return subject(host.services, dryRunHost(host, { directory: "/tmp", redirect: (path) => path }).services);
  },
  exceptions: {
    "start, restart and stop change the state": "nothing changes in a dry run",
    "an action on a service that does not exist is refused, with what the manager said": "no action is tried",
    "changed definitions are known until they are read again": "nothing changes in a dry run",
    "automatic starts are counted from the last start that was asked for": "nothing is started in a dry run",
  },
});
noServicesContract({ name: "memory", make: async () => ({ services: memoryHost({ manager: "none" }).services }) });
noServicesContract({
  name: "by programs",
  make: async () => ({ services: commandServices(memoryHost({ commands: { openrc: {} } }).commands) }),
});
noServicesContract({
  name: "rooted, the root has no manager",
  make: async () => ({ services: rootedHost(memoryHost({ commands: { systemctl: {} } }), "/root").services }),
});

// ---- network

let server: Server;
let usedPort: number;
let freePort: number;
let socketServer: Server;
const { directory: socketDirectory, dispose: removeSockets } = scratch();

function listening(made: Server, where: number | string): Promise<Server> {
  return new Promise((resolve, reject) => {
    made.once("error", reject);
    made.listen(where, () => resolve(made));
  });
}

function portOf(listener: Server): number {
  const address = listener.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

beforeAll(async () => {
  server = await listening(
    createServer((connection) => {
      connection.on("error", () => undefined);
      connection.on("data", (request) => {
        const path = request.toString().split(" ")[1];
        if (path === "/silent") return;
        const answer = path === "/ok" ? "200 OK\r\n\r\nok" : "500 Internal Server Error\r\nX-A: b\r\n\r\nbad";
        connection.end(`HTTP/1.0 ${answer}`);
      });
    }),
    0,
  );
  usedPort = portOf(server);
  const free = await listening(createServer(), 0);
  freePort = portOf(free);
  await new Promise((resolve) => {
    free.close(resolve);
  });
  socketServer = await listening(createServer(), join(socketDirectory, "live.sock"));
  const dead = await listening(createServer(), join(socketDirectory, "other.sock"));
  await new Promise((resolve) => {
    dead.close(resolve);
  });
});

afterAll(async () => {
  server.close();
  socketServer.close();
  await removeSockets();
});

const localSubject = (): Omit<NetworkSubject, "network"> => ({
  freePort,
  usedPort,
  socket: join(socketDirectory, "live.sock"),
  deadSocket: join(socketDirectory, "other.sock"),
  urls: {
    ok: `http://127.0.0.1:${usedPort}/ok`,
    bad: `http://127.0.0.1:${usedPort}/bad`,
    silent: `http://127.0.0.1:${usedPort}/silent`,
    refused: `http://127.0.0.1:${freePort}/ok`,
  },
});

networkContract({ name: "local", make: async () => ({ network: localHost().network, ...localSubject() }) });
networkContract({
  name: "rooted over local",
  make: async () => ({
    network: rootedHost(localHost(), socketDirectory).network,
    ...localSubject(),
    socket: "/live.sock",
    deadSocket: "/other.sock",
  }),
});
networkContract({
  name: "memory",
  make: async () => {
    const urls = {
      ok: "http://127.0.0.1:10248/ok",
      bad: "http://127.0.0.1:10248/bad",
      silent: "http://127.0.0.1:10248/silent",
      refused: "http://127.0.0.1:1/ok",
    };
    const { network } = memoryHost({
      clock: { automatic: true },
      network: {
        portsInUse: [10250],
        sockets: ["/run/live.sock"],
        probes: {
          [urls.ok]: { status: 200, body: "ok" },
          [urls.bad]: () => ({ status: 500, body: "bad" }),
          [urls.silent]: () => new Promise(() => undefined),
        },
      },
    });
    return { network, freePort: 10251, usedPort: 10250, socket: "/run/live.sock", deadSocket: "/run/other.sock", urls };
  },
});

// ---- clock

const realPause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });

clockContract({ name: "local", make: async () => ({ clock: localHost().clock, pass: realPause }) });
clockContract({
  name: "memory",
  make: async () => {
    const { clock } = memoryHost();
    return { clock, pass: clock.advance };
  },
});
