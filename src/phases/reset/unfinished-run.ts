import { orElse } from "../../async/or-else.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { type Cluster, isNotFound } from "../../cluster/cluster.ts";
import { certificateSigningRequests, nodes } from "../../cluster/resources.ts";
import { isKubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { PortError } from "../../errors/port-error.ts";
import { FileError, isDenied } from "../../host/file-error.ts";
import { isSeen } from "../../host/presence.ts";
import { readState } from "../../journal/file-state.ts";
import { isSameState, type Journal, JournalError } from "../../journal/journal.ts";
import { discardJournal, readJournal, unusableJournal } from "../../journal/journal-file.ts";
import { hasStartedService, latestRecords, restore } from "../../journal/unfinished-run.ts";
import { isOfMachine, readMachineId } from "../../kubeadm/kubelet/machine-id.ts";
import { withFileFailures } from "../../kubeadm/reset/empty-directory.ts";
import { isUpgrade } from "../../kubeadm/upgrade/node/machine-role.ts";
import type { Fact, Run } from "../../workflow/fact.ts";
import { defineResetPhase, outcome, type ResetContext } from "./context.ts";
import { adminCluster } from "./facts.ts";
import { warn } from "./warnings.ts";

type ResetRun = Run<ResetContext>;

/** Milliseconds for each request to a cluster that may no longer answer. */
const answerMs = 5_000;

/** The journal of a run that did not end; undefined if there is none, or if it cannot be used. */
export const unfinishedRun: Fact<ResetContext, Journal | undefined> = {
  name: "unfinished run",
  load: async (run) => {
    try {
      return await readJournal(run.context.host.files);
    } catch (error) {
      if (error instanceof JournalError) {
        const { message, code } = unusableJournal(error);
        warn(run, `${message}. It is removed`, code);
      } else if (!(error instanceof FileError)) throw error;
      return undefined;
    }
  },
};

/** Removes what an unfinished join left in a cluster that others use. */
export const leaveCluster = defineResetPhase({
  name: "leave-cluster",
  summary: "Remove the objects of an unfinished join from the cluster",
  hidden: true,
  reads: { unfinished: unfinishedRun },
  async run({ unfinished }, run) {
    const journal = await joinToLeave(unfinished, run);
    if (journal === undefined) return;
    const names = journal.objects.flatMap(({ kind, name }) => (kind === "CertificateSigningRequest" ? [name] : []));
    try {
      const cluster = await run.value(adminCluster);
      for (const name of names) {
        await unlessMissing((signal) => cluster.delete(certificateSigningRequests, { name }, { signal }), run);
      }
      if (hasStartedService(journal)) await removeNode(journal.run.nodeName, cluster, run);
    } catch (error) {
      throwIfAborted(run.signal);
      if (!(error instanceof PortError) && !isKubeadmError(error)) throw error;
      warn(run, `Failed to remove the objects of the unfinished join from the cluster: ${messageOf(error)}`);
    }
  },
  async dryRun({ unfinished }, run) {
    const journal = await joinToLeave(unfinished, run);
    if (journal === undefined || !hasStartedService(journal)) return;
    const action = `remove the Node ${journal.run.nodeName} of the unfinished join from the cluster`;
    run.events.emit("dryrun.would", { area: "dryrun", action });
  },
});

/** Returns the journal of a join that may have left something in the cluster which can be removed from here. */
async function joinToLeave(journal: Journal | undefined, { context }: ResetRun): Promise<Journal | undefined> {
  if (journal?.run.command !== "join") return undefined;
  const isReachable = await isSeen(context.options.kubeconfigPath, context.host.files);
  return isReachable ? journal : undefined;
}

/** Removes the Node that the kubelet of this machine has registered. One of that name may be another machine's. */
async function removeNode(name: string, cluster: Cluster, run: ResetRun): Promise<void> {
  const { context } = run;
  const node = await unlessMissing((signal) => cluster.get(nodes, { name }, { signal }), run);
  if (node !== undefined) {
    if (!isOfMachine(node, await readMachineId(context.host.files))) return;
    await unlessMissing((signal) => cluster.delete(nodes, { name }, { signal }), run);
  }
  (await run.value(outcome)).leftNode = name;
}

/** Returns undefined if the object is not there. */
async function unlessMissing<T>(
  request: (signal: AbortSignal) => Promise<T>,
  { signal }: ResetRun,
): Promise<T | undefined> {
  return orElse(undefined, isNotFound, () => request(AbortSignal.any([signal, AbortSignal.timeout(answerMs)])));
}

/**
 * Removes the files of an unfinished run that are in unusual places, and restores those that it overwrote. Not for an
 * upgrade: the files it overwrote belong to the node that is being reset, and the files it created are backups.
 */
export const undoUnfinishedRun = defineResetPhase({
  name: "undo-unfinished-run",
  summary: "Undo what an unfinished init or join did to files",
  hidden: true,
  reads: { journal: unfinishedRun },
  run: ({ journal }, run) => withFileFailures(() => undoFiles(journal, run)),
  async dryRun({ journal }, run) {
    if (journal === undefined || isUpgrade(journal.run) || !run.context.options.restore) return;
    for (const path of overwritten(journal)) {
      run.events.emit("dryrun.would", { area: "dryrun", action: `restore ${path}` });
    }
  },
});

async function undoFiles(journal: Journal | undefined, run: ResetRun): Promise<void> {
  const { host, options } = run.context;
  const { files } = host;
  if (journal !== undefined) {
    (await run.value(outcome)).foundTraces = true;
    const records = isUpgrade(journal.run) ? [] : journal.files;
    const first = new Map(records.toReversed().map(({ path, before }) => [path, before]));
    for (const { path, after } of latestRecords(records).toReversed()) {
      const before = first.get(path);
      if (before === undefined) continue;
      const { state: now } = await readState(files, path);
      if (before.kind === "absent") {
        if (isSameState(now, after)) await restore(path, { before, now }, files);
      } else if (options.restore && !isSameState(now, before)) {
        if (await restore(path, { before, now }, files)) run.events.emit("reset.file.restored", { path });
      }
    }
  }
  // Who may not look there has no run of their own that is unfinished.
  if (journal === undefined) await orElse(undefined, isDenied, () => discardJournal(files));
  else await discardJournal(files);
}

function overwritten(journal: Journal): readonly string[] {
  return [...new Set(journal.files.flatMap(({ path, before }) => (before.kind === "absent" ? [] : [path])))];
}
