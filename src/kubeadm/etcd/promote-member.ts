import { quickAtFirst, type Verdict } from "../../async/poll.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { isKubeadmError, KubeadmError } from "../../errors/kubeadm-error.ts";
import { EtcdError, type EtcdMember } from "../../etcd/etcd.ts";
import { defined } from "../../values/defined.ts";
import type { Diagnosis } from "../control-plane/diagnosis.ts";
import { waitWithDiagnosis } from "../waiting/diagnosed-wait.ts";
import { progressReporter } from "../waiting/persist.ts";
import { allEndpoints, answerMs, type ClusterHealth, etcdHealth } from "./etcd-health.ts";
import type { EtcdPorts, EtcdSession } from "./etcd-session.ts";
import { explainEtcdFailure } from "./explain-etcd-failure.ts";
import { memberTitle } from "./member-names.ts";

/** etcd needs about a second to start and catch up; short intervals save most of upstream's 500 ms steps. */
const everyMs = quickAtFirst(75, 8_000, 300);
/** Milliseconds after which a wait is reported and diagnosed, because it usually takes less. */
const reportAfterMs = 3_000;
const diagnoseEveryMs = 2_000;
/** Upstream's eight attempts, five seconds apart. */
export const availabilityTimeoutMs = 40_000;

export interface MemberWaitPorts extends EtcdPorts {
  /**
   * Finds out why this machine's member fails; undefined if nothing is wrong with it. `last` means that the wait is
   * over, so that any hint counts.
   */
  readonly diagnose: (options: { readonly last: boolean }) => Promise<Diagnosis | undefined>;
}

/**
 * Waits until the member runs, which is when etcd adds its name to the list. Throws ETCD_NOT_STARTED with the cause
 * found on this machine, early if only an operator can fix it.
 */
export function waitForStartedMember(id: string, session: EtcdSession, ports: MemberWaitPorts): Promise<EtcdMember> {
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

/**
 * Waits until a restarted member serves clients. etcd promotes a member by its log position even if it is down, and a
 * voting member that stays down may cost the cluster its quorum. Throws ETCD_NOT_STARTED.
 */
export async function waitForService(endpoint: string, session: EtcdSession, ports: MemberWaitPorts): Promise<void> {
  await waitFor(
    {
      what: "the new etcd member to serve its clients again",
      until: async (signal) => {
        const [health] = await allEndpoints(session.etcd, [endpoint], signal);
        if (health?.isSilent === false) return { done: true, value: true };
        return { done: false, reason: health?.trouble ?? `no response from ${endpoint}` };
      },
      code: "ETCD_NOT_STARTED",
      session,
    },
    ports,
  );
}

/** Promotes the member as soon as it has caught up with the leader. Throws ETCD_NOT_IN_SYNC. */
export async function promoteMember(
  member: EtcdMember,
  session: EtcdSession,
  ports: MemberWaitPorts,
): Promise<EtcdMember> {
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
            // An earlier request promoted it, and its answer was lost.
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
 * Waits until more than half of the endpoints are healthy, the new member's among them. A new member may serve clients
 * only seven seconds after its promotion: it publishes its name and waits until that entry is applied. If the snapshot
 * that it starts from already contains the entry, it waits until etcd's request timeout passes (etcd 3.7.3, most joins).
 */
export async function waitForAvailability(
  newEndpoint: string,
  session: EtcdSession,
  ports: Omit<MemberWaitPorts, "timeoutMs">,
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
  const unhealthyEndpoints = endpoints.filter(({ trouble }) => trouble !== undefined);
  if (unhealthyEndpoints.every(({ endpoint, isSilent }) => isSilent && endpoint === newEndpoint)) {
    return `the new member does not serve clients at ${newEndpoint} yet, which may take etcd a few seconds`;
  }
  return unhealthyEndpoints.flatMap(({ trouble = [] }) => trouble).join("; ");
}

interface Wait<T> {
  readonly what: string;
  readonly until: (signal: AbortSignal) => Promise<Verdict<T>>;
  /** Error code if the time runs out while etcd answers. */
  readonly code: ErrorCode;
  readonly timeoutText?: string;
  readonly session: EtcdSession;
}

/**
 * Polls until the condition holds; etcd may fail to answer in between, for example while it elects a leader. A problem
 * of this machine's member is reported rather than what the other members see.
 */
async function waitFor<T>(wait: Wait<T>, ports: MemberWaitPorts): Promise<T> {
  const { what, until, code, timeoutText, session } = wait;
  const { clock, events, signal, timeoutMs, diagnose } = ports;
  using report = progressReporter({ what, deadlineMs: timeoutMs, clock, events });
  return await waitWithDiagnosis<T, Diagnosis>({
    check: (_attempt, attemptSignal) => attemptOnce(until, { what, session, signal: attemptSignal }),
    diagnose: () => diagnose({ last: false }),
    diagnoseAtEnd: () => diagnose({ last: true }),
    diagnoseAfterMs: reportAfterMs,
    diagnoseEveryMs,
    everyMs,
    deadlineMs: timeoutMs,
    clock,
    signal,
    report,
    failed: ({ reason, cause, finding }) => {
      if (isKubeadmError(cause) && finding === undefined) return cause;
      const message = timeoutText === undefined ? reason : `${timeoutText}: ${reason}`;
      return new KubeadmError(code, message, finding === undefined ? {} : withDiagnosis(finding));
    },
  });
}

function withDiagnosis({ code, reason, remedy, lines }: Diagnosis) {
  return {
    cause: new Error(reason),
    ...defined({ remedy }),
    details: { component: "etcd", trouble: code, log: lines },
  };
}

async function attemptOnce<T>(
  until: Wait<T>["until"],
  { what, session, signal }: { readonly what: string; readonly session: EtcdSession; readonly signal: AbortSignal },
): Promise<Verdict<T>> {
  try {
    return await until(signal);
  } catch (error) {
    const failure = await explainEtcdFailure(error, { ...session, context: what, signal });
    if (failure.patienceMs === 0) throw failure.error;
    return { done: false, reason: failure.reason ?? failure.error.message, cause: failure.error };
  }
}

/** Finds the member in a list; throws if it was removed. */
function memberOf(id: string, members: readonly EtcdMember[]): EtcdMember {
  const member = members.find((each) => each.id === id);
  if (member === undefined) throw new EtcdError("member-not-found", "etcdserver: member not found");
  return member;
}
