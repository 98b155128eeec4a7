import { type Attempt, poll, type Verdict } from "../../async/poll.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { EtcdError } from "../../etcd/etcd.ts";
import type { EtcdPorts, EtcdSession } from "./etcd-session.ts";

export interface NewMember {
  /** Where its clients are to reach it. */
  readonly clientUrl: string;
  /** The last entry of the log that it has applied; undefined where it does not tell. */
  appliedIndex(signal: AbortSignal): Promise<number | undefined>;
  /** Has it started again; false where it was left as it is, true where it may have been ended, however that came out. */
  restart(signal: AbortSignal): Promise<boolean>;
}

/** A member that has applied its announcement serves within milliseconds: one that has not after this time never heard. */
const deafAfterMs = 250;
/** A member that needs longer for its snapshot has much data; it is left alone with it. */
const catchesUpWithinMs = 3_000;
const lookEveryMs = 40;
const askMs = 150;

/**
 * Sees to it that a new member serves its clients soon. It announces its name through the leader, which applies that and
 * sends a snapshot a moment later: the announcement is in the snapshot, and the member, which waits for just that entry,
 * never meets it. It would serve no client, the API server beside it included, until it repeats the announcement after its
 * request timeout of 7 s (etcdserver: publishV3); upstream waits that long in most joins. A member that is started again
 * has its data, needs no snapshot, and hears of its second announcement at once.
 *
 * Only a learner may be treated so, since it has no vote: the cluster does not notice. Only one that has demonstrably
 * applied the entry is. Says whether the member may have been ended: it must have come back before it gets a vote.
 */
export async function hearAnnouncement(member: NewMember, session: EtcdSession, ports: EtcdPorts): Promise<boolean> {
  const { events, signal } = ports;
  if (await serves(member, session, signal)) return false;
  const announcedAt = await appliedByOthers(session, signal);
  if (announcedAt === undefined || !(await isDeaf(member, { announcedAt, session, ports }))) return false;
  events.emit("etcd.member.restarting", {});
  return member.restart(signal);
}

interface Listening {
  /** An entry that is not before the announcement. */
  readonly announcedAt: number;
  readonly session: EtcdSession;
  readonly ports: EtcdPorts;
}

/** It has applied its announcement, and serves nobody all the same. */
async function isDeaf(member: NewMember, { announcedAt, session, ports }: Listening): Promise<boolean> {
  const { clock, signal } = ports;
  let appliedSince: number | undefined;
  const look = async ({ elapsedMs }: Attempt): Promise<Verdict<boolean>> => {
    if (await serves(member, session, signal)) return { done: true, value: false };
    const applied = await member.appliedIndex(signal);
    if (applied !== undefined && applied >= announcedAt) appliedSince ??= elapsedMs;
    if (appliedSince !== undefined && elapsedMs - appliedSince >= deafAfterMs) return { done: true, value: true };
    // It is on its way to the announcement, or does not tell how far it has come.
    if (elapsedMs >= catchesUpWithinMs) return { done: true, value: false };
    return { done: false, reason: "the new etcd member serves no clients yet" };
  };
  return poll({
    until: look,
    everyMs: () => lookEveryMs,
    // The look itself ends the wait before.
    deadlineMs: 2 * catchesUpWithinMs,
    clock,
    signal,
    onTimeout: (reason) => new KubeadmError("ETCD_NOT_STARTED", reason),
  });
}

async function serves({ clientUrl }: NewMember, { etcd }: EtcdSession, signal: AbortSignal): Promise<boolean> {
  return (await statusOf(clientUrl, etcd, signal)) !== undefined;
}

async function appliedByOthers({ etcd, endpoints }: EtcdSession, signal: AbortSignal): Promise<number | undefined> {
  const found = await Promise.all(endpoints.map((endpoint) => statusOf(endpoint, etcd, signal)));
  const indexes = found.flatMap((status) => status?.appliedIndex ?? []);
  return indexes.length === 0 ? undefined : Math.max(...indexes);
}

async function statusOf(endpoint: string, etcd: EtcdSession["etcd"], signal: AbortSignal) {
  try {
    return await etcd.status(endpoint, { signal, timeoutMs: askMs });
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof EtcdError) return undefined;
    throw error;
  }
}
