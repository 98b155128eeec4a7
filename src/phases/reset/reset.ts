import { orElse } from "../../async/or-else.ts";
import type { Leftover } from "../../events/event.ts";
import type { Events } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import { FileError } from "../../host/file-error.ts";
import { isSeen } from "../../host/presence.ts";
import { type ResetOptions, resolveResetOptions } from "../../kubeadm/config/reset/reset-options.ts";
import { type ResetFlags, resetFlags } from "../../kubeadm/flags/reset-flags.ts";
import { defaultEtcdDataDirectory, etcdManifestPath } from "../../kubeadm/paths.ts";
import { kubeletNodeName } from "../../kubeadm/reset/kubelet-node-name.ts";
import { findLeftovers } from "../../kubeadm/reset/leftovers.ts";
import { shell } from "../../values/shell.ts";
import type { Fact } from "../../workflow/fact.ts";
import type { Phase } from "../../workflow/phase.ts";
import type { RunOutsidePhases } from "../../workflow/run.ts";
import { defineWorkflow, type WorkflowPorts, type WorkflowRequest } from "../workflow.ts";
import { cleanupNode } from "./cleanup-node.ts";
import { outcome, type ResetContext } from "./context.ts";
import { findNodePlaces } from "./directories-to-empty.ts";
import { clusterConfiguration } from "./facts.ts";
import { preflight } from "./preflight.ts";
import { removeEtcdMember } from "./remove-etcd-member.ts";
import { leaveCluster, undoUnfinishedRun } from "./unfinished-run.ts";

/** The phases of reset, in order. Help, --skip-phases, `reset phase …` and plans are derived from this list. */
export const resetPhases: readonly Phase<ResetContext>[] = [
  preflight,
  removeEtcdMember,
  leaveCluster,
  cleanupNode,
  undoUnfinishedRun,
];

/** What `reset` returns. */
export interface ResetResult {
  /** Whether there was nothing to undo. */
  readonly wasClean: boolean;
  /** Whether nothing was changed (--dry-run). */
  readonly dryRun: boolean;
  /** What reset does not remove. */
  readonly leftovers: readonly Leftover[];
}

/** Undoes on the machine what init or join did. If it refuses to run, it does so before it changes anything. */
export const resetWorkflow = defineWorkflow({
  name: "reset",
  description: `Reverts the changes that "kubeadm init" or "kubeadm join" made on this machine: stops the kubelet, removes all pods from the container runtime, and deletes the files of the cluster and of the kubelet.

It does not remove what other programs may use as well: CNI configuration, packet filter rules, network interfaces, and kubeconfig files in home directories. The Node object also remains in the cluster. The last lines of output list what remains, with the commands to remove it.`,
  args: { kind: "any" },
  flags: resetFlags,
  phases: resetPhases,
  resolve: resolved,
  begin: async (run) => {
    if (run.context.includes("cleanup-node")) await refuseUnsafeDirectories(run);
    await run.value(traces);
    // Before the user is asked for confirmation, same as upstream.
    await run.value(clusterConfiguration);
  },
  finish,
});

async function resolved(
  { flags, args = [], only }: WorkflowRequest<ResetFlags>,
  { host, events, signal }: WorkflowPorts,
): Promise<ResetOptions> {
  warnOfStrayWords(args, only, events);
  return resolveResetOptions(flags, { ...host, events, signal });
}

/** Upstream ignores them too: a script that passes them must keep working. */
function warnOfStrayWords(args: readonly string[], only: string | undefined, events: Events): void {
  const [first, ...more] = args.map(goQuote);
  if (first === undefined) return;
  const words = more.length === 0 ? `argument ${first} is` : `arguments ${[first, ...more].join(", ")} are`;
  const command = only === undefined ? "kubeadm reset" : `kubeadm reset phase ${only}`;
  events.emit("warning", { message: `the ${words} ignored: "${command}" accepts none` });
}

/** Skips directories that the user may not read: the check of the user's privileges reports that. */
async function refuseUnsafeDirectories({ context: { options, host } }: ResetRun): Promise<void> {
  await orElse(undefined, FileError, () => findNodePlaces(options, host.files));
}

type ResetRun = RunOutsidePhases<ResetContext>;

async function finish(run: ResetRun): Promise<ResetResult> {
  const { context, events, signal } = run;
  const { foundTraces, remains } = await run.value(outcome);
  const result = { wasClean: !foundTraces, dryRun: context.options.dryRun, leftovers: remains };
  if (context.only !== undefined) return result;
  const leftovers = [
    ...remains,
    ...(await clusterLeftovers(run)),
    ...(await findLeftovers({ ...context.host, signal })),
  ];
  events.emit("reset.finished", { ...result, leftovers });
  return { ...result, leftovers };
}

/** What identifies this machine in the cluster, read while it exists. */
const traces: Fact<ResetContext, { readonly nodeName: string | undefined; readonly hasEtcdMember: boolean }> = {
  name: "traces of this machine in the cluster",
  load: async ({ context: { host } }) => {
    const [nodeName, hasEtcdMember] = await Promise.all([
      kubeletNodeName(host.files),
      isSeen(etcdManifestPath, host.files),
    ]);
    return { nodeName, hasEtcdMember };
  },
};

/** Returns what reset leaves in the cluster. */
async function clusterLeftovers({ context, value }: ResetRun): Promise<readonly Leftover[]> {
  const { nodeName, hasEtcdMember } = await value(traces);
  const { leftNode } = await value(outcome);
  const skipsEtcd = hasEtcdMember && !context.includes("remove-etcd-member");
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
      : [
          {
            what: `the Node ${nodeName} in the cluster`,
            command: shell`kubectl delete node ${nodeName}   # on a control plane`,
          },
        ]),
  ];
}
