import { oneLine } from "../../errors/printable-text.ts";
import { goQuote } from "../../go/quote.ts";
import type { ShellCommand } from "../../values/shell.ts";
import { commandText, event, text } from "../entry.ts";
import { log, progress } from "../line.ts";

/** Something that a reset does not remove. */
export interface Leftover {
  /** "CNI configuration: /etc/cni/net.d/10-flannel.conflist" */
  readonly what: string;
  /** The command line that removes it. */
  readonly command: ShellCommand;
}

export interface ResetOutcome {
  /** There was nothing to undo. */
  readonly wasClean: boolean;
  readonly dryRun: boolean;
  /** What is kept intentionally, and what could not be removed. */
  readonly leftovers: readonly Leftover[];
}

export const resetEvents = {
  /** A question to the user; the answer is read from standard input. */
  "reset.question": event<{ question: string }>({ question: text }, ({ question }) => [
    { kind: "question", text: `[reset] ${question} [y/N]: ` },
  ]),

  /** "only-member": the cluster has no other member. "absent": the list does not contain the member. */
  "reset.etcd.left": event<{ removal: keyof typeof removalTexts }>({ removal: "removed" }, ({ removal }) =>
    log(1, "reset", removalTexts[removal]),
  ),

  "reset.etcd.emptied": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress("reset", `Deleted contents of the etcd data directory: ${directory}`),
  ),

  "reset.etcd.external": event({}, () => [
    ...progress("reset", "No etcd config found. Assuming external etcd"),
    ...progress("reset", "Please, manually reset etcd to prevent further issues"),
  ]),

  "reset.kubelet.stopping": event({}, () => progress("reset", "Stopping the kubelet service")),

  "reset.unmounting": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress("reset", `Unmounting mounted directories in ${goQuote(directory)}`),
  ),

  "reset.pod.removed": event<{ id: string; name: string; namespace: string }>(
    { id: text, name: text, namespace: text },
    ({ id, name, namespace }) => log(1, "reset", `removed pod ${namespace}/${name} (${id})`),
  ),

  "reset.directories.emptying": event<{ directories: readonly string[] }>({ directories: [text] }, ({ directories }) =>
    progress("reset", `Deleting contents of directories: [${directories.join(" ")}]`),
  ),

  "reset.files.removing": event<{ files: readonly string[] }>({ files: [text] }, ({ files }) =>
    progress("reset", `Deleting files: [${files.join(" ")}]`),
  ),

  "reset.finished": event<ResetOutcome>(
    { wasClean: false, dryRun: true, leftovers: [{ what: text, command: commandText }] },
    (event) => resetClosingLines(event).map((text) => ({ kind: "progress", text })),
  ),

  /** A file that an unfinished run had overwritten was restored. */
  "reset.file.restored": event<{ path: string }>({ path: text }, ({ path }) =>
    progress("reset", `Restored ${oneLine(path)}`),
  ),
};

const removalTexts = {
  removed: "the etcd member of this node was removed from its cluster",
  absent: "the etcd member of this node is no longer part of a cluster",
  "only-member": "the etcd member of this node is the only one in its cluster, so it is not removed",
} as const;

/** Returns the last lines of a reset: upstream's, then each item that is left, with the command that removes it. */
function resetClosingLines({ wasClean, dryRun, leftovers }: ResetOutcome): readonly string[] {
  return [
    ...(wasClean ? ["[reset] Nothing to reset: no trace of a cluster was found on this machine"] : []),
    "",
    "The reset process does not perform cleanup of CNI plugin configuration,",
    "network filtering rules and kubeconfig files.",
    "",
    "For information on how to perform this cleanup manually, please see:",
    "    https://k8s.io/docs/reference/setup-tools/kubeadm/kubeadm-reset/",
    "",
    ...leftoverLines(leftovers, dryRun),
  ];
}

function leftoverLines(leftovers: readonly Leftover[], dryRun: boolean): readonly string[] {
  if (leftovers.length === 0) return [];
  return [
    dryRun
      ? "These would remain; run the command for anything you don't need:"
      : "These remain; run the command for anything you don't need:",
    ...leftovers.flatMap(({ what, command }) => [`* ${what}`, `    ${command}`]),
  ];
}
