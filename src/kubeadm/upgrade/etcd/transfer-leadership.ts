import { throwIfAborted } from "../../../async/signal.ts";
import { type Etcd, EtcdError, type EtcdMember, type EtcdStatus } from "../../../etcd/etcd.ts";
import { goQuote } from "../../../go/quote.ts";
import { compareVersions, parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { answerMs } from "../../etcd/etcd-health.ts";
import { seeMembers } from "../../etcd/seen-members.ts";
import type { EtcdUpgradePorts } from "./etcd-upgrade-types.ts";
import { type OwnMember, withOwnClient } from "./own-member.ts";

/** Log entries that the new leader may lack. Until it has them, for a second at most, raft accepts no writes. */
const maxLag = 1_000;

/** During this request, the API server of this machine does not serve. */
const patience = { agreementMs: answerMs, localListMs: answerMs, statusMs: answerMs };

/**
 * Transfers the leadership of etcd from this machine's member, which is about to end, to a member that is upgraded already,
 * so that the leadership does not have to move again. Does nothing if this member does not lead, or if no other is newer:
 * etcd transfers its leadership when it ends, to the member that it has been connected to for longest
 * (TryTransferLeadershipOnShutdown in server/etcdserver/server.go), usually one that has not been upgraded. If etcd
 * refuses, or does not respond, that is a warning.
 */
export async function transferLeadership(
  own: OwnMember,
  ports: Pick<EtcdUpgradePorts, "connectEtcd" | "files" | "events" | "signal">,
): Promise<void> {
  const { events, signal } = ports;
  await withOwnClient(own, ports, async (etcd, clientUrl) => {
    const successor = await findSuccessor(own, etcd, signal);
    if (successor === undefined) return;
    const { id, name } = successor;
    try {
      await etcd.moveLeader(clientUrl, id, { signal, timeoutMs: answerMs });
      events.emit("upgrade.etcd.leadership.transferred", { member: name });
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof EtcdError)) throw error;
      const message = `the leadership of etcd was not transferred to the member ${goQuote(name)}: ${error.message}`;
      events.emit("warning", { area: "upgrade/etcd", message });
    }
  });
}

/** Returns the member of the newest version among those that are newer than this machine's, if that one leads. */
async function findSuccessor(
  { member: { peerUrls } }: OwnMember,
  etcd: Pick<Etcd, "status" | "members">,
  signal: AbortSignal,
): Promise<EtcdMember | undefined> {
  const seen = await seeMembers(etcd, patience, signal);
  if (seen instanceof EtcdError) return undefined;
  const answers = seen.members.flatMap(({ member, answer }) =>
    answer instanceof EtcdError ? [] : [{ member, status: answer }],
  );
  const own = answers.find(({ member }) => member.peerUrls.some((url) => peerUrls.includes(url)));
  if (own === undefined || own.status.leaderId !== own.member.id) return undefined;
  const able = answers.filter(
    ({ member, status }) =>
      !member.isLearner && status.leaderId === own.member.id && status.appliedIndex >= own.status.appliedIndex - maxLag,
  );
  const newest = able.reduce((best, each) => (isNewer(each.status, best.status) ? each : best), own);
  return newest === own ? undefined : newest.member;
}

function isNewer(left: EtcdStatus, right: EtcdStatus): boolean {
  const [one, other] = [parseSemanticVersion(left.version), parseSemanticVersion(right.version)];
  return one !== undefined && other !== undefined && compareVersions(one, other) > 0;
}
