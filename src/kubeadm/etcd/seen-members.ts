import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import { type Etcd, EtcdError, type EtcdMember, type EtcdStatus } from "../../etcd/etcd.ts";

/** A member of etcd, and its status or why it gave none. */
export interface SeenMember {
  readonly member: EtcdMember;
  readonly answer: EtcdStatus | EtcdError;
}

export interface SeenMembers {
  readonly members: readonly SeenMember[];
  /** Why a majority does not agree on the members; undefined if it does. */
  readonly disagreement?: EtcdError;
}

/** Milliseconds for a list that needs a quorum, for one that does not, and for the status of a member after that. */
export interface MemberPatience {
  readonly agreementMs: number;
  readonly localListMs: number;
  readonly statusMs: number;
}

type Asked = Pick<Etcd, "members" | "status">;

/** Asks etcd for its members and each of them for its status, without retries. Returns an error if no endpoint answers. */
export async function seeMembers(
  etcd: Asked,
  { agreementMs, localListMs, statusMs }: MemberPatience,
  signal: AbortSignal,
): Promise<SeenMembers | EtcdError> {
  const options = { signal, timeoutMs: statusMs };
  const [agreed, local] = await Promise.all([
    orError(etcd.members({ signal, timeoutMs: agreementMs }), signal),
    orError(etcd.members({ signal, timeoutMs: localListMs, isLocal: true }), signal).then((list) =>
      withStatus(list, etcd, options),
    ),
  ]);
  if (agreed instanceof EtcdError && local instanceof EtcdError) return local;
  const members = local instanceof EtcdError ? await withStatus(agreed, etcd, options) : local;
  if (members instanceof EtcdError) return members;
  return { members, ...(agreed instanceof EtcdError ? { disagreement: agreed } : {}) };
}

interface StatusOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

async function withStatus(
  list: readonly EtcdMember[] | EtcdError,
  etcd: Asked,
  options: StatusOptions,
): Promise<readonly SeenMember[] | EtcdError> {
  if (list instanceof EtcdError) return list;
  return Promise.all(list.map(async (member) => ({ member, answer: await statusOf(member, etcd, options) })));
}

/** Returns a member's own answer at its client URLs: behind an address that members share, another one may answer. */
async function statusOf(
  { id, clientUrls }: EtcdMember,
  etcd: Asked,
  options: StatusOptions,
): Promise<EtcdStatus | EtcdError> {
  const answers = await Promise.all(clientUrls.map((url) => orError(etcd.status(url, options), options.signal)));
  const own = answers.find((answer) => !(answer instanceof EtcdError) && answer.memberId === id);
  const failure = answers.find((answer) => answer instanceof EtcdError);
  const reason = answers.length === 0 ? "it has not started" : "another member responds at its address";
  return own ?? failure ?? new EtcdError("unavailable", reason);
}

async function orError<T>(call: Promise<T>, signal: AbortSignal): Promise<T | EtcdError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof EtcdError) return error;
    // A call that ran out of time closes the connection, and ends the others on it.
    if (!signal.aborted && isKubeadmError(error)) return new EtcdError("timed-out", "the connection was closed", error);
    throw error;
  }
}
