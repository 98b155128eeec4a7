import { basename, dirname, join } from "node:path/posix";
import { throwIfAborted } from "../async/signal.ts";
import { directoryWatchers } from "./directory-watchers.ts";
import type { Commands, Files, Host, Mounts, Services } from "./host.ts";
import { isWithin, type Node, type NodeStore, nodeFiles } from "./node-files.ts";
import { rootDirectoryOf } from "./rooted.ts";

/** Something that a run outside a dry run would have done. */
type RecordedAction =
  | { readonly kind: "write" | "link" | "directory" | "remove"; readonly path: string }
  | { readonly kind: "service"; readonly action: "start" | "stop" | "restart" | "reload"; readonly service: string }
  | { readonly kind: "unmount"; readonly path: string }
  | { readonly kind: "command"; readonly program: string };

export interface DryRunOptions {
  /** Where copies of what would be written are put, for the user to look at. */
  readonly directory: string;
  /** Name of a file's copy, relative to that directory. */
  readonly redirect: (path: string) => string;
}

export interface DryRunHost extends Host {
  /** Oldest first. */
  readonly recorded: readonly RecordedAction[];
}

/**
 * The host, but nothing of it changes. Files are read from what this run has written before, else from the host; what is
 * written also goes, as a copy for the user, into the dry-run directory, where it stays even if the run removes the file
 * again. Services are not touched and commands not run unless they only look; both are recorded, and succeed.
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
    clock: host.clock,
  };
}

/**
 * Upstream's arrangement of a dry-run directory: certificates with their path below the certificates directory, so that
 * etcd's stay apart from the cluster's; kubeconfigs, the kubelet's files and static pod manifests side by side.
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
  return nodeFiles(overlay(host, options), { now: () => clock.now(), uid: machine.uid });
}

/** What this run has written, over what the host has. */
function overlay(host: Host, { directory, redirect, record }: FilesOptions): NodeStore {
  const { files } = host;
  const { uid } = host.machine;
  // The directory may be another user's, who could lead a write elsewhere.
  const copies = rootDirectoryOf(host, directory).files;
  const written = new Map<string, Node>();
  /** Paths whose host content, with all below, this run has removed. */
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
    // Written to, another user's file would stay that user's, with our secrets in it.
    await files.makeDirectory(directory, { mode: 0o700 });
    const waiting = await copies.status(copy);
    if (waiting !== undefined && waiting.kind !== "directory" && waiting.uid !== uid) await copies.remove(copy);
    await copies.write(copy, content, { mode, secret: true });
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
      watchers.tell(path);
    },
    delete: async (path) => {
      record({ kind: "remove", path });
      for (const each of written.keys()) if (isWithin(each, path)) written.delete(each);
      removed.add(path);
      watchers.tell(path);
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
  const waits = places.map((place) => place.changed(directory, either));
  try {
    await Promise.race(waits);
  } finally {
    over.abort();
    for (const wait of waits) wait.catch(() => undefined);
  }
}
