import type { ShellCommand } from "../values/shell.ts";
import type { DestructiveStep } from "./decision.ts";

/** `id` as in DestructiveStep. `when`: what only a person can know about the machine; follows "only if". */
interface ResetAdvice {
  readonly id: string;
  readonly when: string;
  /** What follows the reset: ", then join it again". */
  readonly after?: string;
}

/** The machine is reset. Where a member of etcd may be, its data must be elsewhere: `mayHoldMember` tells. */
export function resetting({ id, when, after = "" }: ResetAdvice): DestructiveStep {
  return {
    id,
    proof: { decided: `${when}, and it has no etcd data that a cluster needs` },
    act: `run \`kubeadm reset\` on it${after}`,
    lost: "everything that init or join created on it, including its etcd data",
  };
}

/** `command` removes an etcd member that is permanently lost. */
export function removingMember({
  id,
  when,
  command,
}: ResetAdvice & { readonly command: ShellCommand }): DestructiveStep {
  return {
    id,
    proof: { decided: when },
    act: `remove the member with \`${command}\``,
    lost: "its vote and its copy of etcd's data",
  };
}

/** `command` deletes the Node of a machine that is permanently lost. */
export function deletingNode({
  id,
  command,
}: {
  readonly id: string;
  readonly command: ShellCommand;
}): DestructiveStep {
  return {
    id,
    proof: { decided: "its machine is permanently lost" },
    act: `delete the Node with \`${command}\``,
    lost: "its labels, its taints and its Pods",
  };
}
