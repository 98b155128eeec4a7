import { throwIfAborted } from "../../../async/signal.ts";
import { type Etcd, type EtcdCallOptions, EtcdError, type EtcdMember, type EtcdStatus } from "../../../etcd/etcd.ts";
import { goQuote } from "../../../go/quote.ts";
import { compareVersions, parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { answerMs } from "../../etcd/etcd-health.ts";
import { voters } from "../../etcd/member-names.ts";
import type { EtcdUpgradePorts } from "./etcd-upgrade-types.ts";
import { type OwnMember, withOwnClient } from "./own-member.ts";

/** Log entries that the new leader may lack. Until it has them, for a second at most, raft accepts no writes. */
const maxLag = 1_000;

/**
 * Transfers the leadership of etcd from this machine's member, which is about to end, to a member that is upgraded already,
 * so that the leadership does not have to move again. Does nothing if this member does not lead, or if no other is newer:
 * etcd transfers its leadership when it ends, to the member that it has been connected to for longest
 * (TryTransferLeadershipOnShutdown in server/etcdserver/server.go), usually one that has not been upgraded. If etcd
 * refuses, or does not answer, that is a warning.
 */
export async function transferLeadership(
  own: OwnMember,
  ports: Pick<EtcdUpgradePorts, "connectEtcd" | "files" | "events" | "signal">,
): Promise<void> {
  const { events, signal } = ports;
  const options = { signal, timeoutMs: answerMs };
  await withOwnClient(own, ports, async (etcd, clientUrl) => {
    const successor = await findSuccessor(own, { etcd, clientUrl }, options);
    if (successor === undefined) return;
    const { id, name } = successor;
    try {
      await etcd.moveLeader(clientUrl, id, options);
      events.emit("upgrade.etcd.leadership.transferred", { member: name });
    } catch (error) {
      const reason = reasonOf(error, signal);
      const message = `the leadership of etcd was not transferred to the member ${goQuote(name)}: ${reason}`;
      events.emit("warning", { area: "upgrade/etcd", message });
    }
  });
}

/** Returns the member of the newest version among those that are newer than this machine's, if that one leads. */
async function findSuccessor(
  { member: { peerUrls } }: OwnMember,
  { etcd, clientUrl }: { readonly etcd: Pick<Etcd, "status" | "members">; readonly clientUrl: string },
  options: EtcdCallOptions,
): Promise<EtcdMember | undefined> {
  try {
    const own = await etcd.status(clientUrl, options);
    const members = voters(await etcd.members({ ...options, isLocal: true }));
    const leader = members.find(({ id }) => id === own.leaderId);
    const isOwn = leader?.id === own.memberId && leader.peerUrls.some((url) => peerUrls.includes(url));
    if (!isOwn) return undefined;
    const others = members.filter((member) => member !== leader);
    const asked = others.map(async (member) => ({ member, status: await statusOf(member, etcd, options) }));
    let newest: { readonly member?: EtcdMember; readonly status: EtcdStatus } = { status: own };
    for (const { member, status } of await Promise.all(asked)) {
      const follows = status?.leaderId === leader.id && status.appliedIndex >= own.appliedIndex - maxLag;
      if (follows && isNewer(status, newest.status)) newest = { member, status };
    }
    return newest.member;
  } catch (error) {
    reasonOf(error, options.signal);
    return undefined;
  }
}

/** Returns the member's own answer: behind an address that members share, another one may answer. */
async function statusOf(
  { id, clientUrls }: EtcdMember,
  etcd: Pick<Etcd, "status">,
  options: EtcdCallOptions,
): Promise<EtcdStatus | undefined> {
  const answers = clientUrls.map(async (url) => {
    try {
      return await etcd.status(url, options);
    } catch (error) {
      reasonOf(error, options.signal);
      return undefined;
    }
  });
  return (await Promise.all(answers)).find((status) => status?.memberId === id);
}

function isNewer(left: EtcdStatus, right: EtcdStatus): boolean {
  const [one, other] = [parseSemanticVersion(left.version), parseSemanticVersion(right.version)];
  return one !== undefined && other !== undefined && compareVersions(one, other) > 0;
}

/** Returns why etcd does not do what it is asked to; throws what has another cause. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  throwIfAborted(signal);
  if (error instanceof EtcdError) return error.message;
  throw error;
}
