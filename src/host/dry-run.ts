import { basename, dirname, join } from "node:path/posix";
import { throwIfAborted } from "../async/signal.ts";
import { started } from "../async/started.ts";
import { directoryWatchers } from "./directory-watchers.ts";
import type { Commands, Files, Host, Mounts } from "./host.ts";
import { isWithin, type Node, type NodeStore, nodeFiles } from "./node-files.ts";
import { rootDirectoryOf } from "./rooted.ts";
import type { Services } from "./service-manager.ts";

/** Something that a run outside a dry run would have done. */
type RecordedAction =
  | { readonly kind: "write" | "link" | "directory" | "remove"; readonly path: string }
  | { readonly kind: "service"; readonly action: "start" | "stop" | "restart" | "reload"; readonly service: string }
  | { readonly kind: "unmount"; readonly path: string }
  | { readonly kind: "command"; readonly program: string };

export interface DryRunOptions {
  /** The directory that receives copies of the files that would be written, for the user to inspect. */
  readonly directory: string;
  /** Name of a file's copy, relative to that directory. */
  readonly redirect: (path: string) => string;
}

export interface DryRunHost extends Host {
  /** Oldest first. */
  readonly recorded: readonly RecordedAction[];
}

/**
 * The host without any change to it. A file is read from what this run has written, otherwise from the host. A written
 * file is also copied for the user to the dry-run directory, where it stays even if the run removes the file again.
 * Services are not touched, and commands do not run unless they are read-only; both are recorded, and succeed.
 */
export function dryRunHost(host: Host, options: DryRunOptions): DryRunHost {
  const recorded: RecordedAction[] = [];
  const record = (action: RecordedAction) => void recorded.push(action);
  return {
    recorded,
    files: dryRunFiles(host, { ...options, record }),
    commands: dryRunCommands(host.commands, record),
    services: dryRunServices(host.services, record),
    mounts: dryRunMounts(host.mounts, record),
    network: host.network,
    machine: host.machine,
    processes: host.processes,
    clock: host.clock,
  };
}

/**
 * The layout that upstream uses for a dry-run directory: certificates keep their path below the certificates directory,
 * so that etcd's stay apart from the cluster's; kubeconfigs, the kubelet's files and static pod manifests are next to
 * each other.
 */
export function flatBelow(certificatesDirectory: string): (path: string) => string {
  const prefix = `${certificatesDirectory.replace(/\/+$/, "")}/`;
  return (path) => (path.startsWith(prefix) ? path.slice(prefix.length) : basename(path));
}

type Recorder = (action: RecordedAction) => void;

function dryRunCommands(commands: Commands, record: Recorder): Commands {
  return {
    find: commands.find,
    run: async (argv, options) => {
      if (options.readOnly === true) return commands.run(argv, options);
      throwIfAborted(options.signal);
      record({ kind: "command", program: basename(argv[0]) });
      return { exitCode: 0, stdout: "", stderr: "" };
    },
  };
}

function dryRunServices(services: Services, record: Recorder): Services {
  const act = (action: "start" | "stop" | "restart") => async (service: string, signal: AbortSignal) => {
    throwIfAborted(signal);
    record({ kind: "service", action, service });
  };
  return {
    ...services,
    start: act("start"),
    stop: act("stop"),
    restart: act("restart"),
    reloadDefinitions: async (signal) => {
      throwIfAborted(signal);
      record({ kind: "service", action: "reload", service: "" });
    },
  };
}

function dryRunMounts(mounts: Mounts, record: Recorder): Mounts {
  const unmounted: string[] = [];
  return {
    list: async () => {
      const left = [...(await mounts.list())];
      for (const path of unmounted) {
        const index = left.lastIndexOf(path);
        if (index >= 0) left.splice(index, 1);
      }
      return left;
    },
    unmount: async (path, { signal }) => {
      throwIfAborted(signal);
      record({ kind: "unmount", path });
      unmounted.push(path);
    },
  };
}

interface FilesOptions extends DryRunOptions {
  readonly record: Recorder;
}

function dryRunFiles(host: Host, options: FilesOptions): Files {
  const { clock, machine } = host;
  return nodeFiles(overlay(host, options), {
    now: () => clock.now(),
    uid: machine.uid,
    availableBytes: (path) => host.files.availableBytes(path),
  });
}

/** What this run has written, on top of what the host has. */
function overlay(host: Host, { directory, redirect, record }: FilesOptions): NodeStore {
  const { files } = host;
  // The directory may belong to another user, who could redirect a write.
  const copies = rootDirectoryOf(host, directory).files;
  const written = new Map<string, Node>();
  /** Paths whose content on the host, including everything below them, this run has removed. */
  const removed = new Set<string>();
  const watchers = directoryWatchers();
  const isRemoved = (path: string) => [...removed].some((top) => isWithin(path, top));
  const hostNode = async (path: string): Promise<Node | undefined> => {
    if (isRemoved(path)) return undefined;
    const status = await files.status(path);
    return status === undefined ? undefined : { ...status, content: () => files.read(path) };
  };
  const copyForUser = async (
    path: string,
    { mode, content }: { readonly mode: number; readonly content: Uint8Array },
  ) => {
    const copy = join("/", redirect(path));
    await files.makeDirectory(directory, { mode: 0o700 });
    await copies.write(copy, content, { mode, secret: true, own: true });
  };
  return {
    get: async (path) => written.get(path) ?? (await hostNode(path)),
    kept: copyForUser,
    set: async (path, node) => {
      if (node.kind === "file" && node.content instanceof Uint8Array) {
        await copyForUser(path, { mode: node.mode, content: node.content });
      }
      record({ kind: node.kind === "directory" ? "directory" : node.kind === "symlink" ? "link" : "write", path });
      written.set(path, node);
      watchers.notify(path);
    },
    delete: async (path) => {
      record({ kind: "remove", path });
      for (const each of written.keys()) if (isWithin(each, path)) written.delete(each);
      removed.add(path);
      watchers.notify(path);
    },
    names: async (place) => {
      const own = [...written.keys()].filter((path) => dirname(path) === place).map((path) => basename(path));
      if ((await hostNode(place))?.kind !== "directory") return own;
      const host = (await files.list(place)).filter((name) => !isRemoved(join(place, name)));
      return [...new Set([...own, ...host])];
    },
    changed: (place, signal) => eitherChanged([watchers, files], place, signal),
  };
}

async function eitherChanged(
  places: readonly Pick<Files, "changed">[],
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const waits = places.map((place) => started(place.changed(directory, either)));
  try {
    await Promise.race(waits);
  } finally {
    over.abort();
  }
}
