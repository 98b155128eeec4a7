import { throwIfAborted } from "../../../async/signal.ts";
import { type Etcd, EtcdError, type EtcdMember, type EtcdStatus } from "../../../etcd/etcd.ts";
import { compareVersions, parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { answerMs } from "../../etcd/etcd-health.ts";
import { voters } from "../../etcd/member-names.ts";
import type { EtcdUpgradePorts } from "./etcd-upgrade-types.ts";
import { type OwnMember, withOwnClient } from "./own-member.ts";

type HandoverPorts = Pick<EtcdUpgradePorts, "connectEtcd" | "files" | "events" | "signal">;

/**
 * Returns the member that is to lead etcd when the member of this machine ends; undefined if this one does not lead, or no
 * other can. A member that is upgraded already comes first: it does not have to hand over again. An etcd that ends by
 * itself chooses the member that it has been connected to for longest (TryTransferLeadershipOnShutdown in
 * server/etcdserver/server.go), which is one that has not been upgraded.
 */
export async function findSuccessor(own: OwnMember, ports: HandoverPorts): Promise<EtcdMember | undefined> {
  const { signal } = ports;
  const options = { signal, timeoutMs: answerMs };
  try {
    return await withOwnClient(own, ports, async (etcd, clientUrl) => {
      const { memberId, leaderId } = await etcd.status(clientUrl, options);
      if (memberId !== leaderId) return undefined;
      const others = voters(await etcd.members({ ...options, isLocal: true })).filter(({ id }) => id !== memberId);
      const asked = others.map(async (member) => ({ member, status: await statusOf(etcd, member, options) }));
      const following = (await Promise.all(asked)).flatMap(({ member, status }) =>
        status !== undefined && status.errors.length === 0 && status.leaderId === leaderId ? [{ member, status }] : [],
      );
      return following.toSorted((left, right) => order(right.status, left.status))[0]?.member;
    });
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof EtcdError) return undefined;
    throw error;
  }
}

/** Makes a member the leader. If that fails, etcd hands over when it ends. */
export async function handOverLeadership(own: OwnMember, successor: EtcdMember, ports: HandoverPorts): Promise<void> {
  const { events, signal } = ports;
  try {
    await withOwnClient(own, ports, (etcd, clientUrl) =>
      etcd.moveLeader(clientUrl, successor.id, { signal, timeoutMs: answerMs }),
    );
    events.emit("upgrade.etcd.leader.moved", { member: successor.name });
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof EtcdError)) throw error;
  }
}

async function statusOf(
  etcd: Pick<Etcd, "status">,
  { clientUrls }: EtcdMember,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<EtcdStatus | undefined> {
  const [clientUrl] = clientUrls;
  if (clientUrl === undefined) return undefined;
  try {
    return await etcd.status(clientUrl, options);
  } catch (error) {
    throwIfAborted(options.signal);
    if (error instanceof EtcdError) return undefined;
    throw error;
  }
}

/** By version; of the same version, the one that has applied more of the log, so that it has to wait for nothing. */
function order(left: EtcdStatus, right: EtcdStatus): number {
  const [one, other] = [parseSemanticVersion(left.version), parseSemanticVersion(right.version)];
  const byVersion = one === undefined || other === undefined ? 0 : compareVersions(one, other);
  return byVersion === 0 ? left.appliedIndex - right.appliedIndex : byVersion;
}
