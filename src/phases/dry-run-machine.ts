import { basename, join } from "node:path/posix";
import type { Connections } from "../cluster/connections.ts";
import { dryRunConnections, type Placeholder } from "../cluster/dry-run.ts";
import { maskSecrets } from "../errors/mask-secrets.ts";
import type { EventType, EventTypes } from "../events/event.ts";
import type { Events } from "../events/events.ts";
import { goQuote } from "../go/quote.ts";
import { dryRunHost, flatBelow } from "../host/dry-run.ts";
import type { Host } from "../host/host.ts";
import { shownObject } from "../kubeadm/cluster-objects/show-object.ts";
import { inContext } from "../kubeadm/file-failure.ts";
import {
  adminKubeconfigPath,
  apiServerManifestPath,
  controllerManagerManifestPath,
  defaultCertificatesDirectory,
  kubeletConfigurationPath,
  kubeletEnvironmentPath,
  schedulerManifestPath,
  temporaryDirectory,
} from "../kubeadm/paths.ts";
import { defined } from "../values/defined.ts";
import type { Run } from "../workflow/fact.ts";

/** What a workflow says of its dry runs. */
export interface DryRunMachine {
  /** The certificates directory: its files go to the top of the dry run's directory. */
  readonly certificatesDirectory?: string;
  /** Returns what answers for a cluster that cannot be reached. */
  readonly placeholder?: () => Placeholder;
  /** What the run would do depends on the cluster: with a made-up one, it would show something else. */
  readonly requiresCluster?: boolean;
}

export interface DryRunOptions extends DryRunMachine {
  /** "upgrade apply" */
  readonly command: string;
  readonly dryRun: boolean;
  /** True if the flag or the file asks for a dry run: upstream makes the directory even if the flag then says no. */
  readonly needsDryRunDirectory: boolean;
}

export interface PreparedMachine {
  readonly host: Host;
  readonly observed: (connections: Connections) => Connections;
  /** Name the dry run's directory where upstream does. */
  readonly events: Events;
  readonly dryRunDirectory?: string;
}

/** Returns the machine and the cluster as a command may change them: in a dry run, not at all. */
export async function dryRunMachine(options: DryRunOptions, host: Host, events: Events): Promise<PreparedMachine> {
  const { command, dryRun, needsDryRunDirectory, certificatesDirectory = defaultCertificatesDirectory } = options;
  const made = needsDryRunDirectory ? await makeDryRunDirectory(command, host, events) : undefined;
  const named = defined({ dryRunDirectory: made });
  if (!dryRun) return { host, observed: (connections) => connections, events, ...named };
  const placeholder = options.placeholder?.();
  const { requiresCluster = false } = options;
  const showing = { events, show: shownObject, requiresCluster, ...defined({ placeholder }) };
  // A command that writes no file needs no directory for copies.
  const directory = made ?? temporaryDirectory;
  return {
    host: dryRunHost(host, { directory, redirect: flatBelow(certificatesDirectory) }),
    observed: (connections) => dryRunConnections(connections, showing),
    events: made === undefined ? events : relocated(events, relocations(command, made)),
    ...named,
  };
}

type Relocations = { readonly [K in EventType]?: (data: EventTypes[K]) => EventTypes[K] };

/** Events whose path upstream replaces with the dry run's directory; everything else keeps its real path. */
function relocations(command: string, directory: string): Relocations {
  const placed = <T>(data: T) => ({ ...data, directory });
  const inside = <T extends { readonly path: string }>(data: T) => ({
    ...data,
    path: join(directory, basename(data.path)),
  });
  return {
    ...(command === "init" ? { "certificates.directory": placed } : {}),
    "certificates.complete": placed,
    "certificates.saving": placed,
    "kubeconfig.directory": placed,
    "manifest.directory": placed,
    "manifest.writing": (data) => (data.directory === undefined ? data : placed(data)),
    "kubelet.configuration.writing": inside,
    "kubelet.environment.writing": inside,
    "control-plane.waiting": placed,
    "init.finished": (data) => ({ ...data, kubeconfig: join(directory, basename(adminKubeconfigPath)) }),
  };
}

function relocated(events: Events, relocations: Relocations): Events {
  return {
    emit: (type, data) => events.emit(type, relocations[type]?.(data) ?? data),
    within: (phase) => relocated(events.within(phase), relocations),
  };
}

/** Makes the directory that upstream's KUBEADM_INIT_DRYRUN_DIR, or that of JOIN or UPGRADE, names; or else a new one. */
async function makeDryRunDirectory(command: string, host: Host, events: Events): Promise<string> {
  const variable = `KUBEADM_${command.split(" ")[0]?.toUpperCase()}_DRYRUN_DIR`;
  const given = host.machine.environment[variable];
  if (given !== undefined && given !== "") {
    await host.files.makeDirectory(given, { mode: 0o700 });
    return given;
  }
  const random = String(Math.floor(Math.random() * 4e9));
  const path = `${temporaryDirectory}/kubeadm-${command.replace(" ", "-")}-dryrun${random}`;
  const make = (directory: string) => host.files.makeDirectory(directory, { mode: 0o700 });
  await inContext("could not create a temporary directory on dryrun", async () => {
    await inContext(`failed to create directory ${goQuote(temporaryDirectory)}`, () => make(temporaryDirectory));
    await make(path);
  });
  events.emit("dryrun.directory", { path, variable });
  return path;
}

/** Shows where init or join wrote its files, and those without secrets; upstream's output and order. */
export async function showWrittenFiles(
  { isControlPlane }: { readonly isControlPlane: boolean },
  { context, events }: Pick<Run<{ readonly host: Host; readonly dryRunDirectory?: string }>, "context" | "events">,
): Promise<void> {
  const { host, dryRunDirectory: directory } = context;
  if (directory === undefined) return;
  const manifests = [apiServerManifestPath, controllerManagerManifestPath, schedulerManifestPath];
  const what = isControlPlane
    ? "certificates, kubeconfig files and control plane manifests"
    : "certificates and kubeconfig files";
  events.emit("dryrun.written", { directory, what });
  for (const path of [...(isControlPlane ? manifests : []), kubeletConfigurationPath, kubeletEnvironmentPath]) {
    events.emit("dryrun.file", { path, content: maskSecrets(await host.files.readText(path)) });
  }
}
