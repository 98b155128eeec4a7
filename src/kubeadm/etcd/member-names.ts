import type { EtcdMember } from "../../etcd/etcd.ts";

/** How a member is called where people read it: "cp2 (8e9e05c52164694d, https://192.0.2.11:2380)". */
export function memberTitle({ id, name, peerUrls }: EtcdMember): string {
  return `${name === "" ? "a member without name" : name} (${[id, ...peerUrls].join(", ")})`;
}

/** Members with a vote. */
export function voters(members: readonly EtcdMember[]): readonly EtcdMember[] {
  return members.filter(({ isLearner }) => !isLearner);
}

/** Voting members without which nothing can be decided. */
export function quorumOf(votersCount: number): number {
  return Math.floor(votersCount / 2) + 1;
}

/** "3 voting members, of which 2 answer; etcd needs 2 to decide anything" */
export function quorumText(count: number, answering: number): string {
  const members = count === 1 ? "1 voting member" : `${count} voting members`;
  return `${members}, of which ${answering} ${answering === 1 ? "answers" : "answer"}; etcd needs ${quorumOf(count)} to decide anything`;
}

/** The same call by hand, inside the etcd Pod of a control plane that works, where nothing has to be installed. */
export function etcdctlCommand(call: string, host = "NODE"): string {
  const directory = "/etc/kubernetes/pki/etcd";
  return `kubectl -n kube-system exec etcd-${host} -- etcdctl --cacert=${directory}/ca.crt --cert=${directory}/healthcheck-client.crt --key=${directory}/healthcheck-client.key ${call}`;
}

/** What an operator does about a member that is gone for good. */
export function removalAdvice({ id, name }: EtcdMember, members: readonly EtcdMember[] = []): string {
  const helper = members.find((member) => member.id !== id && member.name !== "" && !member.isLearner)?.name;
  return `\`${etcdctlCommand(`member remove ${id}`, helper)}\` (or \`kubeadm reset\` on ${name === "" ? "its machine" : name}, if that still runs)`;
}
