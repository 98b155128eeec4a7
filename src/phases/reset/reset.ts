import { orElse } from "../../async/or-else.ts";
import { dryRunConnections } from "../../cluster/dry-run.ts";
import type { ConnectTransport } from "../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Leftover } from "../../events/event.ts";
import type { Events } from "../../events/events.ts";
import { dryRunHost, flatBelow } from "../../host/dry-run.ts";
import { FileError, type Files, type Host } from "../../host/host.ts";
import { observedHost } from "../../host/observed.ts";
import { isSeen } from "../../host/presence.ts";
import { lockForRun, refuseActiveRun } from "../../journal/open-run.ts";
import type { RunLock } from "../../journal/run-lock.ts";
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
import { shell } from "../../values/shell.ts";
import { plan, type Step } from "../../workflow/plan.ts";
import { runSteps } from "../../workflow/run.ts";
import { portFailure } from "../port-failure.ts";
import type { ReadLine, ResetContext, ResetOutcome } from "./context.ts";
import { findNodePlaces } from "./directories-to-empty.ts";
import { clusterConfiguration } from "./facts.ts";
import { resetPhases } from "./index.ts";

/** What `reset` is called with. */
export interface ResetRequest {
  /** The flags of the command line, with absolute paths. */
  readonly flags: ResetFlags;
  /** Full name of the only phase to run; all phases run if undefined. */
  readonly only?: string;
}

/** What `reset` uses to reach the machine and the cluster. */
export interface ResetPorts {
  /** A rootedHost if --rootfs is given. */
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly readLine: ReadLine;
  /** Receives what the run does. */
  readonly events: Events;
  /** Aborts the run. */
  readonly signal: AbortSignal;
}

/** What `reset` returns. */
export interface ResetResult {
  /** Whether there was nothing to undo. */
  readonly wasClean: boolean;
  /** Whether nothing was changed (--dry-run). */
  readonly dryRun: boolean;
  /** What reset does not remove. */
  readonly leftovers: readonly Leftover[];
}

/**
 * Undoes on the machine what init or join did, or runs one phase of reset, and emits events. Throws KubeadmError; if reset
 * refuses to run, it does so before it changes anything.
 */
export async function reset(request: ResetRequest, ports: ResetPorts): Promise<ResetResult> {
  const { events, signal } = ports;
  const options = await resolveResetOptions(request.flags, { ...ports.host, events, signal });
  const steps = plan(resetPhases, {
    skip: request.only === undefined ? options.skipPhases : [],
    ...defined({ only: request.only }),
  });
  if (runs(steps, "cleanup-node")) await refuseUnsafeDirectories(options, ports.host.files);
  const lock = options.dryRun ? undefined : await lockForReset(request, ports);
  try {
    return await resetLocked(steps, { request, options }, ports);
  } finally {
    await lock?.release();
  }
}

/** A full disk must not prevent a reset: it frees space. Then it only checks that no other run is active. */
async function lockForReset({ flags, only }: ResetRequest, ports: ResetPorts): Promise<RunLock | undefined> {
  try {
    return await lockForRun(only === undefined ? "reset" : `reset phase ${only}`, flags.wait ?? 0, ports);
  } catch (error) {
    if (!isKubeadmError(error) || error.code !== "JOURNAL_UNWRITABLE") throw error;
    await refuseActiveRun(ports.host);
    ports.events.emit("warning", { area: "reset", message: `${error.message}. The reset continues without the lock` });
    return undefined;
  }
}

async function resetLocked(
  steps: readonly Step<ResetContext>[],
  { request, options }: { readonly request: ResetRequest; readonly options: ResetOptions },
  ports: ResetPorts,
): Promise<ResetResult> {
  const { events, signal } = ports;
  const before = await traces(ports.host.files);
  const host = observedHost(options.dryRun ? unchangedHost(ports.host) : ports.host, events);
  const outcome: ResetOutcome = { foundTraces: false, remains: [] };
  await runPhases(steps, { options, host, outcome }, ports);
  if (request.only !== undefined) return { ...resultOf(outcome, options), leftovers: outcome.remains };
  const leftovers = [
    ...outcome.remains,
    ...clusterLeftovers(before, steps, outcome),
    ...(await findLeftovers({ ...ports.host, signal })),
  ];
  const result = { ...resultOf(outcome, options), leftovers };
  events.emit("reset.finished", result);
  return result;
}

/** Skips directories that the user may not read: the check of the user's privileges reports that. */
async function refuseUnsafeDirectories(options: ResetOptions, files: Files): Promise<void> {
  await unlessUnreadable(() => findNodePlaces(options, files));
}

async function unlessUnreadable<T>(look: () => Promise<T>): Promise<T | undefined> {
  return orElse(undefined, FileError, look);
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
  const [nodeName, hasEtcdMember] = await Promise.all([kubeletNodeName(files), isSeen(etcdManifestPath, files)]);
  return { nodeName, hasEtcdMember };
}

/** Returns what reset leaves in the cluster. */
function clusterLeftovers(
  { nodeName, hasEtcdMember }: Traces,
  steps: readonly Step<ResetContext>[],
  { leftNode }: ResetOutcome,
): readonly Leftover[] {
  const skipsEtcd = hasEtcdMember && !runs(steps, "remove-etcd-member");
  return [
    ...(skipsEtcd
      ? [
          {
            what: `the etcd member of this node in the cluster, and its data in ${defaultEtcdDataDirectory}`,
            command: shell`etcdctl member remove ID, on another control plane; rm -rf ${defaultEtcdDataDirectory}/member, here`,
          },
        ]
      : []),
    ...(nodeName === undefined || nodeName === leftNode
      ? []
      : [{ what: `the Node ${nodeName} in the cluster`, command: shell`kubectl delete node ${nodeName}` }]),
  ];
}
