import { remedyBefore } from "../../errors/decision.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { EtcdError, type EtcdMember } from "../../etcd/etcd.ts";
import type { InitialMember } from "../control-plane/etcd-pod.ts";
import { persist } from "../waiting/persist.ts";
import type { EtcdData } from "./etcd-data.ts";
import { answerMs } from "./etcd-health.ts";
import { type EtcdPorts, type EtcdSession, etcdPauses } from "./etcd-session.ts";
import { explainEtcdFailure } from "./explain-etcd-failure.ts";
import { memberTitle, removalOf } from "./member-names.ts";

/** The etcd member to run on this machine. */
export interface MemberToJoin {
  /** The node's name. */
  readonly name: string;
  readonly peerUrl: string;
  readonly dataDirectory: string;
  /** Content of the data directory before the join. */
  readonly data: EtcdData;
  /** An interrupted run added this member and may have started it: data that cannot be read yet is what it began with. */
  readonly wasBegun?: boolean;
}

export interface AddedMember {
  readonly member: EtcdMember;
  /** All members, including the new one. */
  readonly members: readonly EtcdMember[];
  /** It has never run, so it can be removed from the list without loss. */
  readonly isUnstarted: boolean;
}

/**
 * Adds the machine's member to the list as a learner (without a vote), or finds it there from an earlier attempt. Waits
 * while another control plane joins, and while a member is briefly unavailable. Throws ETCD_DATA_FOREIGN and
 * ETCD_MEMBER_EXISTS if etcd must not be started, and the errors of `explainEtcdFailure`. `beforeAdd` is called before etcd is
 * asked to add the member: without an answer it is unknown whether it was added.
 */
export async function addMember(
  joining: MemberToJoin,
  { etcd, endpoints }: EtcdSession,
  ports: EtcdPorts & { readonly beforeAdd: () => void },
): Promise<AddedMember> {
  let known: readonly EtcdMember[] = [];
  const { member, members } = await persist({
    what: `a new member of etcd at ${joining.peerUrl}`,
    attempt: async (signal) => {
      known = await etcd.members({ signal, timeoutMs: answerMs });
      const own = known.find(({ peerUrls }) => peerUrls.includes(joining.peerUrl));
      requireFittingData(joining, own, known);
      if (own !== undefined) return { member: own, members: known };
      ports.beforeAdd();
      return etcd.addLearner(joining.peerUrl, { signal, timeoutMs: answerMs });
    },
    explain: async (error) => {
      if (error instanceof EtcdError && error.code === "peer-url-exists") return retryAtOnce(error);
      const context = "error creating local etcd static pod manifest file";
      return explainEtcdFailure(error, { context, etcd, members: known, endpoints, signal: ports.signal });
    },
    deadlineMs: ports.timeoutMs,
    everyMs: etcdPauses,
    ...ports,
  });
  return { member, members, isUnstarted: member.name === "" };
}

/** The member exists by now, perhaps from an earlier request whose answer was lost: the list shows it. */
function retryAtOnce(error: EtcdError) {
  return { error: new KubeadmError("ETCD_MEMBER_EXISTS", error.message, { cause: error }), patienceMs: Infinity };
}

/**
 * Throws unless the data directory belongs to this member: etcd would refuse other data, or corrupt the cluster without
 * its own.
 */
function requireFittingData(
  { data, dataDirectory, peerUrl, wasBegun = false }: MemberToJoin,
  own: EtcdMember | undefined,
  members: readonly EtcdMember[],
): void {
  if (data.kind === "none") {
    if (own !== undefined && own.name !== "") throw lostData(own, { dataDirectory, members });
    return;
  }
  if (data.kind === "member" && data.memberId === own?.id) return;
  if (data.kind === "unknown" && own !== undefined && (own.name !== "" || wasBegun)) return;
  throw foreignData({ data, dataDirectory, peerUrl, members });
}

function lostData(
  own: EtcdMember,
  { dataDirectory, members }: { readonly dataDirectory: string; readonly members: readonly EtcdMember[] },
): KubeadmError {
  const message = `etcd has a member with this machine's address, ${memberTitle(own)}, whose data is no longer in ${dataDirectory}`;
  return new KubeadmError("ETCD_MEMBER_EXISTS", message, {
    details: { member: own, dataDirectory },
    remedy: remedyBefore(
      `Restore its data in ${dataDirectory}, or mount it, and run the same command again: a member can't run without it.`,
      removalOf(own, { when: "the data is permanently lost", members }),
    ),
  });
}

function foreignData(found: {
  readonly data: EtcdData;
  readonly dataDirectory: string;
  readonly peerUrl: string;
  readonly members: readonly EtcdMember[];
}): KubeadmError {
  const { data, dataDirectory, peerUrl, members } = found;
  const owner = data.kind === "member" ? members.find(({ id }) => id === data.memberId) : undefined;
  const whose =
    data.kind !== "member"
      ? "data of an unknown etcd member"
      : owner === undefined
        ? `data of the member ${data.memberId} (cluster ${data.clusterId}), which is not in this cluster`
        : `data of the member ${memberTitle(owner)}, which does not listen at ${peerUrl}`;
  return new KubeadmError("ETCD_DATA_FOREIGN", `${dataDirectory} contains ${whose}: etcd is not started on it`, {
    details: { dataDirectory, ...data },
    remedy: `Move ${dataDirectory} away, which keeps the data, then run the same command again.`,
  });
}

/** Returns the value of `--initial-cluster`; members that have not started are named by their IDs. */
export function initialCluster(name: string, { member, members }: AddedMember): readonly InitialMember[] {
  return members.map((each) => ({
    name: each.id === member.id ? name : each.name || each.id,
    peerUrl: each.peerUrls[0] ?? "",
  }));
}
