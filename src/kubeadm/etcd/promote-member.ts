import { type Attempt, poll, type Verdict } from "../../async/poll.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { isKubeadmError, KubeadmError } from "../../errors/kubeadm-error.ts";
import { EtcdError, type EtcdMember } from "../../etcd/etcd.ts";
import { progressTeller } from "../waiting/persist.ts";
import { answerMs, type ClusterHealth, etcdHealth } from "./etcd-health.ts";
import type { EtcdPorts, EtcdSession } from "./etcd-session.ts";
import { etcdTrouble } from "./etcd-trouble.ts";
import { memberTitle } from "./member-names.ts";

/** etcd needs about a second to start and to catch up: looking often saves most of upstream's steps of 500 ms. */
const firstLooksEveryMs = 75;
const laterLooksEveryMs = 300;
const firstLooksMs = 8_000;
/** A wait is told of when it takes longer than it usually does. */
const toldAfterMs = 3_000;
/** Upstream's eight tries, five seconds apart. */
export const availabilityTimeoutMs = 40_000;

/** Waits until the member runs: etcd writes its name into the list then. Throws ETCD_NOT_STARTED. */
export function waitForStartedMember(id: string, session: EtcdSession, ports: EtcdPorts): Promise<EtcdMember> {
  const { etcd } = session;
  return waitFor(
    {
      what: `the etcd member ${id} to start`,
      until: async (signal) => {
        const member = memberOf(id, await etcd.members({ signal, timeoutMs: answerMs }));
        if (!member.isLearner || member.name !== "") return { done: true, value: member };
        return { done: false, reason: `the etcd member ${id} is not started` };
      },
      code: "ETCD_NOT_STARTED",
      session,
    },
    ports,
  );
}

/** Gives the member its vote as soon as it has caught up with the leader. Throws ETCD_NOT_IN_SYNC. */
export async function promoteMember(member: EtcdMember, session: EtcdSession, ports: EtcdPorts): Promise<EtcdMember> {
  if (!member.isLearner) return member;
  const { etcd } = session;
  return waitFor(
    {
      what: `the etcd member ${memberTitle(member)} to be in sync`,
      until: async (signal) => {
        try {
          return {
            done: true,
            value: memberOf(member.id, await etcd.promote(member.id, { signal, timeoutMs: answerMs })),
          };
        } catch (error) {
          if (!(error instanceof EtcdError)) throw error;
          if (error.code === "not-a-learner") {
            // An earlier call did it, whose answer got lost.
            return { done: true, value: memberOf(member.id, await etcd.members({ signal, timeoutMs: answerMs })) };
          }
          if (error.code === "learner-not-ready") return { done: false, reason: error.message };
          throw error;
        }
      },
      code: "ETCD_NOT_IN_SYNC",
      session,
    },
    ports,
  );
}

/**
 * Waits until more than half of the endpoints are healthy, the new member's among them. A new member may serve its clients
 * seven seconds after its promotion only: it announces its name and waits to see that applied, in vain where the snapshot
 * it starts from has it applied already, so that the time limit of etcd's own requests has to pass before it tries again
 * (seen with etcd 3.7.3 in most joins).
 */
export async function waitForAvailability(
  newEndpoint: string,
  session: EtcdSession,
  ports: Omit<EtcdPorts, "timeoutMs">,
): Promise<void> {
  const endpoints = [...new Set([...session.endpoints, newEndpoint])];
  await waitFor(
    {
      what: "the etcd cluster to be available",
      until: async (signal) => {
        const health = await etcdHealth(session.etcd, endpoints, { signal });
        if (health.isHealthy) return { done: true, value: true };
        return { done: false, reason: absenceText(health, newEndpoint) };
      },
      code: "ETCD_UNHEALTHY",
      session,
      timeoutText: "timeout waiting for etcd cluster to be available",
    },
    { ...ports, timeoutMs: availabilityTimeoutMs },
  );
}

function absenceText({ endpoints }: ClusterHealth, newEndpoint: string): string {
  const troubled = endpoints.filter(({ trouble }) => trouble !== undefined);
  if (troubled.every(({ endpoint, isSilent }) => isSilent && endpoint === newEndpoint)) {
    return `the new member does not serve clients at ${newEndpoint} yet, which etcd may take some seconds for`;
  }
  return troubled.flatMap(({ trouble = [] }) => trouble).join("; ");
}

interface Wait<T> {
  readonly what: string;
  readonly until: (signal: AbortSignal) => Promise<Verdict<T>>;
  /** Of the failure where the time runs out while etcd itself answers. */
  readonly code: ErrorCode;
  readonly timeoutText?: string;
  readonly session: EtcdSession;
}

/** Looks until it is so; etcd may fail to answer in between, as it does when it elects a leader. */
function waitFor<T>(wait: Wait<T>, { clock, events, signal, timeoutMs }: EtcdPorts): Promise<T> {
  const { what, until, code, timeoutText, session } = wait;
  const tell = progressTeller({ what, deadlineMs: timeoutMs, events });
  return poll<T>({
    until: async (_attempt, attemptSignal) => {
      try {
        return await until(attemptSignal);
      } catch (error) {
        const failure = await etcdTrouble(error, { ...session, context: what, signal: attemptSignal });
        if (failure.patienceMs === 0) throw failure.error;
        return { done: false, reason: failure.reason ?? failure.error.message, cause: failure.error };
      }
    },
    everyMs: ({ elapsedMs }: Attempt) => (elapsedMs < firstLooksMs ? firstLooksEveryMs : laterLooksEveryMs),
    deadlineMs: timeoutMs,
    clock,
    signal,
    onWaiting: (reason, attempt) => {
      if (attempt.elapsedMs >= toldAfterMs) tell(reason, attempt);
    },
    onTimeout: (reason, cause) =>
      isKubeadmError(cause)
        ? cause
        : new KubeadmError(code, timeoutText === undefined ? reason : `${timeoutText}: ${reason}`),
  });
}

/** The member in a list; throws where it has gone. */
function memberOf(id: string, members: readonly EtcdMember[]): EtcdMember {
  const member = members.find((each) => each.id === id);
  if (member === undefined) throw new EtcdError("member-not-found", "etcdserver: member not found");
  return member;
}
