import type { DestructiveStep } from "../../errors/decision.ts";
import { removingMember } from "../../errors/destructive-steps.ts";
import type { EtcdMember } from "../../etcd/etcd.ts";
import { counted } from "../../values/counted.ts";
import { part, type ShellCommand, type ShellPart, shell } from "../../values/shell.ts";

/** Returns a member's name for messages: "cp2 (8e9e05c52164694d, https://192.0.2.11:2380)". */
export function memberTitle({ id, name, peerUrls }: EtcdMember): string {
  return `${name === "" ? "an unnamed member" : name} (${[id, ...peerUrls].join(", ")})`;
}

/** Returns the voting members. */
export function voters(members: readonly EtcdMember[]): readonly EtcdMember[] {
  return members.filter(({ isLearner }) => !isLearner);
}

/** Returns the size of the quorum. */
export function quorumOf(votersCount: number): number {
  return Math.floor(votersCount / 2) + 1;
}

/** "3 voting members, of which 2 respond; etcd needs 2 for quorum" */
export function quorumText(count: number, answering: number): string {
  const members = counted(count, "voting member", "voting members");
  return `${members}, of which ${counted(answering, "responds", "respond")}; etcd needs ${quorumOf(count)} for quorum`;
}

/**
 * Returns the etcdctl command for a call, run in the etcd Pod of a healthy control plane, so that nothing has to be
 * installed.
 */
export function etcdctlCommand(call: ShellPart, member = "NODE"): ShellCommand {
  // A member may have any name; only that of a Node can be part of a command.
  const host = /^[a-z0-9][a-z0-9.-]*$/.test(member) ? member : "NODE";
  const directory = "/etc/kubernetes/pki/etcd";
  return shell`kubectl -n kube-system exec etcd-${host} -- etcdctl --cacert=${directory}/ca.crt --cert=${directory}/healthcheck-client.crt --key=${directory}/healthcheck-client.key ${call}`;
}

/** The step that removes a lost member from etcd. `when` is what only a person can know. */
export function removalOf(
  { id, name }: EtcdMember,
  { when = `the machine of ${name === "" ? id : name} is permanently lost`, members = [] }: Removal = {},
): DestructiveStep {
  const helper = members.find((member) => member.id !== id && member.name !== "" && !member.isLearner)?.name;
  return removingMember({ id: "lost-member", when, command: etcdctlCommand(part`member remove ${id}`, helper) });
}

interface Removal {
  readonly when?: string;
  /** Members that answer, one of which removes the other. */
  readonly members?: readonly EtcdMember[];
}
