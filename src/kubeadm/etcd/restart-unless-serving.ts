import { orElse, unlessAborted } from "../../async/or-else.ts";
import { type Attempt, poll, type Verdict } from "../../async/poll.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { EtcdError } from "../../etcd/etcd.ts";
import type { EtcdPorts, EtcdSession } from "./etcd-session.ts";

export interface NewMember {
  /** Its client URL. */
  readonly clientUrl: string;
  /** Returns the index of the last log entry that it has applied; undefined if unknown. */
  appliedIndex(signal: AbortSignal): Promise<number | undefined>;
  /** Restarts it; returns false if it was left running, true if it may have been stopped, successfully or not. */
  restart(signal: AbortSignal): Promise<boolean>;
}

/**
 * A member whose publication is applied serves within milliseconds. One that does not serve after this time has missed
 * its publication.
 */
const missedAfterMs = 250;
/** A member that needs longer for its snapshot has much data and is not restarted. */
const catchesUpWithinMs = 3_000;
const pollEveryMs = 40;
const attemptTimeoutMs = 150;

/**
 * Restarts a new member that would otherwise serve no clients for seconds. A member publishes its name through the
 * leader (etcdserver: publishV3). If the leader applies that entry and sends its snapshot a moment later, the entry is
 * part of the snapshot, and the member, which waits for the entry, never receives it. It then serves no client, not
 * even the API server on its machine, until it publishes again after its request timeout of 7 s. Upstream waits that
 * long in most joins. A restarted member has its data, needs no snapshot, and receives its second publication
 * immediately.
 *
 * Only a learner is restarted, because it has no vote and the cluster does not need it, and only one that has provably
 * applied the entry. Returns whether the member may have been stopped: then it must be running again before it is
 * promoted.
 */
export async function restartUnlessServing(
  member: NewMember,
  session: EtcdSession,
  ports: EtcdPorts,
): Promise<boolean> {
  const { events, signal } = ports;
  if (await serves(member, session, signal)) return false;
  const publishedAt = await appliedByOthers(session, signal);
  if (publishedAt === undefined || !(await missedPublication(member, { publishedAt, session, ports }))) return false;
  events.emit("etcd.member.restarting", {});
  return member.restart(signal);
}

interface Listening {
  /** Index of a log entry at or after the publication. */
  readonly publishedAt: number;
  readonly session: EtcdSession;
  readonly ports: EtcdPorts;
}

/** Reports whether the member has applied its publication but still serves no clients. */
async function missedPublication(member: NewMember, { publishedAt, session, ports }: Listening): Promise<boolean> {
  const { clock, signal } = ports;
  let appliedSince: number | undefined;
  const attemptOnce = async ({ elapsedMs }: Attempt): Promise<Verdict<boolean>> => {
    if (await serves(member, session, signal)) return { done: true, value: false };
    const applied = await member.appliedIndex(signal);
    if (applied !== undefined && applied >= publishedAt) appliedSince ??= elapsedMs;
    if (appliedSince !== undefined && elapsedMs - appliedSince >= missedAfterMs) return { done: true, value: true };
    // It has not reached the publication yet, or its position is unknown.
    if (elapsedMs >= catchesUpWithinMs) return { done: true, value: false };
    return { done: false, reason: "the new etcd member serves no clients yet" };
  };
  return poll({
    until: attemptOnce,
    everyMs: () => pollEveryMs,
    // The probe above ends the wait earlier.
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
  return orElse(undefined, unlessAborted(signal, EtcdError), () =>
    etcd.status(endpoint, { signal, timeoutMs: attemptTimeoutMs }),
  );
}
