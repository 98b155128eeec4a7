import { missingParents } from "../host/directories.ts";
import type { Files } from "../host/host.ts";
import type { Services } from "../host/service-manager.ts";
import { defined } from "../values/defined.ts";
import { readState } from "./file-state.ts";
import { digestOf, type FileState, isSameState, type ServiceRecord } from "./journal.ts";

/** A change of one path that is about to be made. */
export interface FileChange {
  readonly path: string;
  readonly before: FileState;
  readonly after: FileState;
  /** Of the file that is there. */
  readonly content?: Uint8Array;
}

/** Where changes are written down ahead: each method resolves when they are on disk. */
export interface ChangeLog {
  filesChange(changes: readonly FileChange[]): Promise<void>;
  serviceChanges(record: ServiceRecord): Promise<void>;
}

/** Files whose every change, apart from streams, is written down before it is made. */
export function recordedFiles(files: Files, log: ChangeLog): Files {
  const missingDirectories = async (path: string): Promise<readonly FileChange[]> => {
    const parents = await missingParents(files, path);
    return parents.map((parent) => ({ path: parent, before: { kind: "absent" }, after: { kind: "directory" } }));
  };
  const note = async (path: string, after: FileState) => {
    const { state, content } = await readState(files, path);
    if (isSameState(state, after)) return;
    await log.filesChange([
      ...(after.kind === "absent" ? [] : await missingDirectories(path)),
      { path, before: state, after, ...defined({ content }) },
    ]);
  };
  return {
    read: (path, options) => files.read(path, options),
    readText: (path, options) => files.readText(path, options),
    status: (path) => files.status(path),
    list: (directory) => files.list(directory),
    availableBytes: (path) => files.availableBytes(path),
    changed: (directory, signal) => files.changed(directory, signal),
    write: async (path, content, options) => {
      await note(path, { kind: "file", digest: digestOf(content) });
      return files.write(path, content, options);
    },
    // What is written as a stream is a backup: it stays, and no run compares it or undoes it.
    writeStream: async (path, content, options) => {
      const directories = await missingDirectories(path);
      if (directories.length > 0) await log.filesChange(directories);
      return files.writeStream(path, content, options);
    },
    makeDirectory: async (path, options) => {
      if ((await files.status(path)) === undefined) await note(path, { kind: "directory" });
      return files.makeDirectory(path, options);
    },
    // A mode is no state that a journal compares or undoes.
    changeMode: (path, mode, isMeant) => files.changeMode(path, mode, isMeant),
    link: async (path, target) => {
      await note(path, { kind: "symlink", target });
      return files.link(path, target);
    },
    remove: async (path, options) => {
      await note(path, { kind: "absent" });
      return files.remove(path, options);
    },
  };
}

/** Services whose every change is written down before it is made. */
export function recordedServices(services: Services, log: ChangeLog): Services {
  return {
    ...services,
    start: async (service, signal) => {
      await log.serviceChanges({ service, action: "started" });
      await services.start(service, signal);
    },
    stop: async (service, signal) => {
      await log.serviceChanges({ service, action: "stopped" });
      await services.stop(service, signal);
    },
    restart: async (service, signal) => {
      await log.serviceChanges({ service, action: "restarted" });
      await services.restart(service, signal);
    },
  };
}
