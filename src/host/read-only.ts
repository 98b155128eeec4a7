import type { Host } from "./host.ts";

/** The host for code that only reads: whatever would change the machine is a defect of the caller. */
export function readOnlyHost(host: Host): Host {
  const { files, commands, services, mounts } = host;
  return {
    ...host,
    files: {
      read: (path, options) => files.read(path, options),
      readText: (path, options) => files.readText(path, options),
      status: (path) => files.status(path),
      list: (directory) => files.list(directory),
      changed: (directory, signal) => files.changed(directory, signal),
      availableBytes: (path) => files.availableBytes(path),
      write: refused("write"),
      writeStream: refused("writeStream"),
      makeDirectory: refused("makeDirectory"),
      changeMode: refused("changeMode"),
      link: refused("link"),
      remove: refused("remove"),
    },
    commands: {
      find: (name) => commands.find(name),
      run: (argv, options) =>
        options.readOnly === true ? commands.run(argv, options) : refused(`run ${argv.join(" ")}`)(),
    },
    services: {
      manager: () => services.manager(),
      status: (service, signal) => services.status(service, signal),
      enableCommand: (service) => services.enableCommand(service),
      journal: (service, options) => services.journal(service, options),
      start: refused("start"),
      stop: refused("stop"),
      restart: refused("restart"),
      reloadDefinitions: refused("reloadDefinitions"),
    },
    mounts: { list: () => mounts.list(), unmount: refused("unmount") },
  };
}

function refused(what: string): () => Promise<never> {
  return async () => {
    throw new Error(`${what} on a read-only host`);
  };
}
