import { basename } from "node:path/posix";
import { orElse } from "../async/or-else.ts";
import type { Events } from "../events/events.ts";
import { defined } from "../values/defined.ts";
import { FileError } from "./file-error.ts";
import type { Commands, FileStatus, Files, Host, Mounts } from "./host.ts";
import type { Services } from "./service-manager.ts";

/**
 * The host, with an event for every change that it makes: file.changed, service.changed, mount.removed,
 * command.finished. The event of a command contains only the program, never its arguments or output.
 */
export function observedHost(host: Host, events: Events): Host {
  return {
    ...host,
    files: observedFiles(host.files, events),
    commands: observedCommands(host, events),
    services: observedServices(host.services, events),
    mounts: observedMounts(host.mounts, events),
  };
}

function observedFiles(files: Files, events: Events): Files {
  return {
    ...files,
    write: async (path, content, options) => {
      const outcome = await files.write(path, content, options);
      if (outcome !== "unchanged") await reportChange(path, outcome, { files, events });
      return outcome;
    },
    writeStream: async (path, content, options) => {
      const outcome = await files.writeStream(path, content, options);
      if (outcome !== "unchanged") await reportChange(path, outcome, { files, events });
      return outcome;
    },
    makeDirectory: async (path, options) => {
      const before = await files.status(path);
      await files.makeDirectory(path, options);
      if (before === undefined) await reportChange(path, "created", { files, events });
    },
    changeMode: async (path, mode, isMeant) => {
      const isChanged = await files.changeMode(path, mode, isMeant);
      if (isChanged) await reportChange(path, "changed", { files, events });
      return isChanged;
    },
    link: async (path, target) => {
      const before = await files.status(path);
      await files.link(path, target);
      await reportChange(path, before === undefined ? "created" : "changed", { files, events });
    },
    remove: async (path, options) => {
      const wasThere = await files.remove(path, options);
      if (wasThere) events.emit("file.changed", { path, outcome: "removed" });
      return wasThere;
    },
  };
}

async function reportChange(
  path: string,
  outcome: "created" | "changed",
  { files, events }: { readonly files: Files; readonly events: Events },
): Promise<void> {
  const status = await statusOf(path, files);
  const mode = status?.kind === "symlink" ? undefined : status?.mode;
  events.emit("file.changed", { path, outcome, ...defined({ mode, kind: status?.kind }) });
}

/** The change itself has succeeded, whatever can be found out about it. */
async function statusOf(path: string, files: Files): Promise<FileStatus | undefined> {
  return orElse(undefined, FileError, () => files.status(path));
}

function observedCommands({ commands, clock }: Host, events: Events): Commands {
  return {
    ...commands,
    run: async (argv, options) => {
      const started = clock.monotonic();
      const result = await commands.run(argv, options);
      const durationMs = clock.monotonic() - started;
      events.emit("command.finished", { program: basename(argv[0]), exitCode: result.exitCode, durationMs });
      return result;
    },
  };
}

function observedServices(services: Services, events: Events): Services {
  return {
    ...services,
    start: async (service, signal) => {
      await services.start(service, signal);
      events.emit("service.changed", { service, action: "started" });
    },
    stop: async (service, signal) => {
      await services.stop(service, signal);
      events.emit("service.changed", { service, action: "stopped" });
    },
    restart: async (service, signal) => {
      await services.restart(service, signal);
      events.emit("service.changed", { service, action: "restarted" });
    },
    reloadDefinitions: async (signal) => {
      await services.reloadDefinitions(signal);
      events.emit("service.changed", { service: "", action: "reloaded" });
    },
  };
}

function observedMounts(mounts: Mounts, events: Events): Mounts {
  return {
    ...mounts,
    unmount: async (path, options) => {
      await mounts.unmount(path, options);
      events.emit("mount.removed", { path });
    },
  };
}
