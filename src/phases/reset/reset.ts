import { dryRunConnections } from "../../cluster/dry-run.ts";
import type { ConnectTransport } from "../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Leftover } from "../../events/event.ts";
import type { Events } from "../../events/events.ts";
import { dryRunHost, flatBelow } from "../../host/dry-run.ts";
import { FileError, type Files, type Host } from "../../host/host.ts";
import { observedHost } from "../../host/observed.ts";
import { shownObject } from "../../kubeadm/cluster-objects/show-object.ts";
import { type ResetOptions, resolveResetOptions } from "../../kubeadm/config/reset/reset-options.ts";
import type { ResetFlags } from "../../kubeadm/flags/reset-flags.ts";
import { openConnections } from "../../kubeadm/open-connections.ts";
import {
  defaultCertificatesDirectory,
  defaultEtcdDataDirectory,
  etcdManifestPath,
  temporaryDirectory,
} from "../../kubeadm/paths.ts";
import { kubeletNodeName } from "../../kubeadm/reset/kubelet-node-name.ts";
import { findLeftovers } from "../../kubeadm/reset/leftovers.ts";
import { defined } from "../../values/defined.ts";
import { plan, type Step } from "../../workflow/plan.ts";
import { runSteps } from "../../workflow/run.ts";
import { portFailure } from "../port-failure.ts";
import type { ReadLine, ResetContext, ResetOutcome } from "./context.ts";
import { findNodePlaces } from "./directories-to-empty.ts";
import { clusterConfiguration } from "./facts.ts";
import { resetPhases } from "./index.ts";

export interface ResetRequest {
  /** The flags of the command line, or of a library user. */
  readonly flags: ResetFlags;
  /** Full name of the only phase to run; the whole reset if undefined. */
  readonly only?: string;
}

export interface ResetPorts {
  /** Already rooted if reset must work on another root. */
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly readLine: ReadLine;
  readonly events: Events;
  readonly signal: AbortSignal;
}

export interface ResetResult {
  /** There was nothing to undo. */
  readonly wasClean: boolean;
  readonly dryRun: boolean;
  readonly leftovers: readonly Leftover[];
}

/**
 * Undoes on this machine what init or join did, or runs one phase of reset. Throws KubeadmError, before anything has
 * changed if it refuses to run; reports everything else as events.
 */
export async function reset(request: ResetRequest, ports: ResetPorts): Promise<ResetResult> {
  const { events, signal } = ports;
  const options = await resolveResetOptions(request.flags, { ...ports.host, events, signal });
  const steps = plan(resetPhases, {
    skip: request.only === undefined ? options.skipPhases : [],
    ...defined({ only: request.only }),
  });
  if (runs(steps, "cleanup-node")) await refuseUnsafeDirectories(options, ports.host.files);
  const before = await traces(ports.host.files);
  const host = observedHost(options.dryRun ? unchangedHost(ports.host) : ports.host, events);
  const outcome: ResetOutcome = { foundTraces: false, remains: [] };
  await runPhases(steps, { options, host, outcome }, ports);
  if (request.only !== undefined) return { ...resultOf(outcome, options), leftovers: outcome.remains };
  const leftovers = [
    ...outcome.remains,
    ...clusterLeftovers(before, steps),
    ...(await findLeftovers({ ...ports.host, signal })),
  ];
  const result = { ...resultOf(outcome, options), leftovers };
  events.emit("reset.finished", result);
  return result;
}

/** Passes over directories that the user may not read: the check of the user's privileges reports that. */
async function refuseUnsafeDirectories(options: ResetOptions, files: Files): Promise<void> {
  await unlessUnreadable(() => findNodePlaces(options, files));
}

async function unlessUnreadable<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

async function runPhases(
  steps: readonly Step<ResetContext>[],
  { options, host, outcome }: Pick<ResetContext, "options" | "host" | "outcome">,
  { connectTransport, connectContainerRuntime, connectEtcd, readLine, events, signal }: ResetPorts,
): Promise<void> {
  const { clock, machine } = host;
  const pool = openConnections({ connectTransport, environment: machine.environment, events, clock });
  const context: ResetContext = {
    options,
    host,
    outcome,
    connections: options.dryRun ? dryRunConnections(pool, { events, show: shownObject }) : pool,
    connectContainerRuntime,
    connectEtcd,
    readLine,
  };
  try {
    await runSteps(steps, {
      context,
      events,
      signal,
      clock,
      dryRun: options.dryRun,
      explain: portFailure,
      // Before the user is asked for confirmation, same as upstream.
      begin: async ({ value }) => void (await value(clusterConfiguration)),
    });
  } finally {
    pool.close();
  }
}

function runs(steps: readonly Step<ResetContext>[], name: string): boolean {
  return steps.some(({ fullName, skipped }) => fullName === name && !skipped);
}

/** A reset writes no file, so the directory for copies stays unused. */
function unchangedHost(host: Host): Host {
  return dryRunHost(host, { directory: temporaryDirectory, redirect: flatBelow(defaultCertificatesDirectory) });
}

function resultOf({ foundTraces }: ResetOutcome, { dryRun }: ResetOptions) {
  return { wasClean: !foundTraces, dryRun };
}

interface Traces {
  readonly nodeName: string | undefined;
  readonly hasEtcdMember: boolean;
}

/** Reads what identifies this machine in the cluster, while it exists. */
async function traces(files: Files): Promise<Traces> {
  const [nodeName, hasEtcdMember] = await Promise.all([
    kubeletNodeName(files),
    unlessUnreadable(async () => (await files.status(etcdManifestPath)) !== undefined),
  ]);
  return { nodeName, hasEtcdMember: hasEtcdMember ?? false };
}

/** Returns what reset leaves in the cluster. */
function clusterLeftovers(
  { nodeName, hasEtcdMember }: Traces,
  steps: readonly Step<ResetContext>[],
): readonly Leftover[] {
  const skipsEtcd = hasEtcdMember && !runs(steps, "remove-etcd-member");
  return [
    ...(skipsEtcd
      ? [
          {
            what: `the etcd member of this node in the cluster, and its data in ${defaultEtcdDataDirectory}`,
            command: `etcdctl member remove ID, on another control plane; rm -rf ${defaultEtcdDataDirectory}/member, here`,
          },
        ]
      : []),
    ...(nodeName === undefined
      ? []
      : [{ what: `the Node ${nodeName} in the cluster`, command: `kubectl delete node ${nodeName}` }]),
  ];
}
