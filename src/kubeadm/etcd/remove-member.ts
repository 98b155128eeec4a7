import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { type Etcd, EtcdError, type EtcdMember } from "../../etcd/etcd.ts";
import { counted } from "../../values/counted.ts";
import { type Failure, persist } from "../waiting/persist.ts";
import { answerMs, titlesOf, unavailableVoters } from "./etcd-health.ts";
import { type EtcdPorts, etcdPauses } from "./etcd-session.ts";
import { explainEtcdFailure } from "./explain-etcd-failure.ts";
import { memberTitle, quorumOf, voters } from "./member-names.ts";

/** Identifies this machine's member. */
export interface OwnMember {
  readonly peerUrls: readonly string[];
  /** From the data on this machine, if the static Pod no longer exists. */
  readonly memberId?: string;
}

/** "only-member": it is the whole cluster, so it stays in the list. "absent": it is not in the list anymore. */
export type Removal = "removed" | "absent" | "only-member";

/** A failure that lasts longer is final: a reset continues without removing the member. */
const patienceMs = 15_000;

/**
 * Removes this machine's member from its cluster. Throws KubeadmError; ETCD_NO_QUORUM if the others would have no
 * quorum without it.
 */
export async function removeOwnMember(
  own: OwnMember,
  { etcd, endpoints }: { readonly etcd: Etcd; readonly endpoints: readonly string[] },
  ports: EtcdPorts,
): Promise<Removal> {
  let members: readonly EtcdMember[] = [];
  let wasThere = false;
  return persist<Removal>({
    what: "the removal of this machine's etcd member",
    attempt: async (signal) => {
      members = await etcd.members({ signal, timeoutMs: answerMs });
      const member = ownMember(own, members);
      if (member === undefined) return wasThere ? "removed" : "absent";
      if (members.length === 1) return "only-member";
      wasThere = true;
      await removeMember(etcd, member, signal);
      return "removed";
    },
    explain: async (error) => {
      const failure = await explain(error, { own, etcd, members, endpoints, signal: ports.signal });
      return { ...failure, patienceMs: Math.min(failure.patienceMs, patienceMs) };
    },
    deadlineMs: ports.timeoutMs,
    everyMs: etcdPauses,
    ...ports,
  });
}

function ownMember({ peerUrls, memberId }: OwnMember, members: readonly EtcdMember[]): EtcdMember | undefined {
  return members.find((member) => member.id === memberId || member.peerUrls.some((url) => peerUrls.includes(url)));
}

async function removeMember(etcd: Etcd, { id }: EtcdMember, signal: AbortSignal): Promise<void> {
  try {
    await etcd.remove(id, { signal, timeoutMs: answerMs });
  } catch (error) {
    if (!(error instanceof EtcdError) || error.code !== "member-not-found") throw error;
  }
}

interface Explaining {
  readonly own: OwnMember;
  readonly etcd: Etcd;
  readonly members: readonly EtcdMember[];
  readonly endpoints: readonly string[];
  readonly signal: AbortSignal;
}

async function explain(error: unknown, given: Explaining): Promise<Failure> {
  const { own, etcd, members, endpoints, signal } = given;
  const others = voters(members).filter((member) => member.id !== ownMember(own, members)?.id);
  if (error instanceof EtcdError && error.code === "unhealthy" && others.length > 0) {
    const away = await unavailableVoters(etcd, others, signal);
    if (others.length - away.length < quorumOf(others.length)) return quorumLoss(error, others, away);
  }
  return explainEtcdFailure(error, { context: "error removing the etcd member", etcd, members, endpoints, signal });
}

function quorumLoss(error: EtcdError, others: readonly EtcdMember[], away: readonly EtcdMember[]): Failure {
  const answering = others.length - away.length;
  const reason = `${error.message}: of the ${others.length} other voting members ${counted(answering, "responds", "respond")}, and they need ${quorumOf(others.length)} for quorum; no response from ${titlesOf(away)}`;
  const failure = new KubeadmError("ETCD_NO_QUORUM", reason, {
    cause: error,
    details: { others: others.map(memberTitle), away: away.map(memberTitle) },
  });
  return { error: failure, patienceMs, reason };
}
