import { orElse } from "../../async/or-else.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { remedyBefore } from "../../errors/decision.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { type Etcd, EtcdError, type EtcdErrorCode, type EtcdMember } from "../../etcd/etcd.ts";
import type { Failure } from "../waiting/persist.ts";
import { titlesOf, unavailableVoters } from "./etcd-health.ts";
import { memberTitle, quorumOf, quorumText, removalOf, voters } from "./member-names.ts";

/** An etcd with such an error may still be starting, or electing a leader. */
const startingMs = 10_000;
/**
 * An unavailable member may be restarting, or may have just joined: then it serves no clients for up to seven seconds,
 * and etcd itself requires that all members have been connected for five.
 */
const awayMs = 20_000;

const codes: Record<EtcdErrorCode, ErrorCode> = {
  unavailable: "ETCD_UNREACHABLE",
  "timed-out": "ETCD_NO_QUORUM",
  "no-leader": "ETCD_NO_QUORUM",
  "too-many-learners": "ETCD_LEARNER_PENDING",
  "learner-not-ready": "ETCD_NOT_IN_SYNC",
  "peer-url-exists": "ETCD_MEMBER_EXISTS",
  "member-not-found": "ETCD_MEMBER_REMOVED",
  "not-a-learner": "ETCD_REQUEST_FAILED",
  unhealthy: "ETCD_UNHEALTHY",
  untrusted: "ETCD_UNTRUSTED",
  other: "ETCD_REQUEST_FAILED",
};

/** How long each kind of failure may last; the others may last until the deadline. */
const patienceMs: Partial<Record<EtcdErrorCode, number>> = {
  untrusted: startingMs,
  "member-not-found": 0,
  "not-a-learner": 0,
  other: startingMs,
};

export interface FailureContext {
  /** "error syncing endpoints with etcd" */
  readonly context: string;
  readonly etcd: Pick<Etcd, "members" | "status">;
  /** The member list, if known. */
  readonly members: readonly EtcdMember[];
  readonly endpoints: readonly string[];
  readonly signal: AbortSignal;
}

/** Returns why a call to etcd failed, and how long the failure may last. Rethrows other errors. */
export async function explainEtcdFailure(error: unknown, trouble: FailureContext): Promise<Failure> {
  if (!(error instanceof EtcdError)) throw error;
  switch (error.code) {
    case "unhealthy":
      return unhealthy(error, trouble);
    case "too-many-learners":
      return learnerPending(error, trouble);
    case "timed-out":
    case "no-leader":
      return noQuorum(error, trouble);
    default: {
      const failure = new KubeadmError(codes[error.code], `${trouble.context}: ${error.message}`, {
        cause: error,
        details: { endpoints: trouble.endpoints },
      });
      const action = error.code === "unavailable" ? { action: { action: failure.remedy } } : {};
      return { error: failure, patienceMs: patienceMs[error.code] ?? Infinity, reason: error.message, ...action };
    }
  }
}

/** Explains which voting member is unavailable: etcd accepts no new member until all are available. */
async function unhealthy(error: EtcdError, { context, etcd, members, signal }: FailureContext): Promise<Failure> {
  const away = await unavailableVoters(etcd, members, signal);
  if (away.length === 0) {
    const failure = new KubeadmError("ETCD_UNHEALTHY", `${context}: ${error.message}`, {
      cause: error,
      remedy:
        "All members respond. etcd requires each to have been connected for five seconds, so this may resolve itself; if it does not, check the clocks and port 2380 between the control planes.",
    });
    return {
      error: failure,
      patienceMs: Infinity,
      reason: `${error.message}; all members respond, so this may resolve itself`,
    };
  }
  const count = voters(members).length;
  const arithmetic = quorumText(count, count - away.length);
  const reason = `${error.message}: no response from ${titlesOf(away)}`;
  const failure = new KubeadmError(
    "ETCD_UNHEALTHY",
    `${context}: ${reason} (${arithmetic}, and all to accept another member)`,
    {
      cause: error,
      details: { away, quorum: quorumOf(count) },
      remedy: remedyBefore(
        "Restart the unavailable member, then run the same command again.",
        ...away.map((member) => removalOf(member, { members: members.filter((other) => !away.includes(other)) })),
      ),
    },
  );
  const action = `Restart the unavailable member: etcd accepts new members only while all members respond.`;
  return { error: failure, patienceMs: awayMs, reason, action: { action } };
}

/** Explains that another member is joining, and which one. */
async function learnerPending(error: EtcdError, { context, etcd, signal }: FailureContext): Promise<Failure> {
  const learner = await learnerOf(etcd, signal);
  const reason =
    learner === undefined
      ? `${error.message}; another control plane is joining`
      : `another control plane is joining, its member is ${memberTitle(learner)}`;
  const failure = new KubeadmError("ETCD_LEARNER_PENDING", `${context}: ${error.message}: ${reason}`, {
    cause: error,
    ...(learner === undefined
      ? {}
      : {
          details: { learner },
          remedy: remedyBefore(
            `Let the join of ${memberTitle(learner)} finish; then run the same command again.`,
            removalOf(learner, { when: "that join was abandoned" }),
          ),
        }),
  });
  const action =
    "This join continues as soon as that one finishes. If that one was interrupted, run the same `kubeadm join` again on its machine: it resumes.";
  return { error: failure, patienceMs: Infinity, reason, action: { action } };
}

async function learnerOf(etcd: Pick<Etcd, "members">, signal: AbortSignal): Promise<EtcdMember | undefined> {
  return orElse(undefined, EtcdError, async () =>
    (await etcd.members({ signal, timeoutMs: 2_000 })).find(({ isLearner }) => isLearner),
  );
}

/** Explains which members answer, and how many would have to. */
async function noQuorum(error: EtcdError, { context, etcd, endpoints, signal }: FailureContext): Promise<Failure> {
  const states = await Promise.all(endpoints.map((endpoint) => stateOf(etcd, endpoint, signal)));
  const answering = states.filter(({ answers }) => answers);
  const hasLeader = states.some((state) => state.hasLeader);
  const silent = states.filter(({ answers }) => !answers).map(({ endpoint }) => endpoint);
  const who = silent.length === 0 ? "" : `; no response from ${silent.join(", ")}`;
  const arithmetic = quorumText(endpoints.length, answering.length);
  const reason = hasLeader ? error.message : `etcd has no leader: ${arithmetic}${who}`;
  const details = { endpoints, silent, quorum: quorumOf(endpoints.length) };
  const code = answering.length === 0 ? "ETCD_UNREACHABLE" : hasLeader ? "ETCD_REQUEST_FAILED" : "ETCD_NO_QUORUM";
  const message = reason === error.message ? `${context}: ${reason}` : `${context}: ${error.message}: ${reason}`;
  const failure = new KubeadmError(code, message, { cause: error, details });
  const action =
    silent.length === 0
      ? "Check etcd's log on the control planes: `crictl logs $(crictl ps --name etcd -q)`."
      : `Restart the etcd members that do not respond: \`crictl ps -a --name etcd\` and \`crictl logs\` on their machines show why they aren't running; port 2379 must be reachable from here.`;
  return { error: failure, patienceMs: Infinity, reason, action: { action } };
}

async function stateOf(etcd: Pick<Etcd, "status">, endpoint: string, signal: AbortSignal) {
  return orElse({ endpoint, answers: false, hasLeader: false }, EtcdError, async () => {
    const { leaderId } = await etcd.status(endpoint, { signal, timeoutMs: 2_000 });
    return { endpoint, answers: true, hasLeader: leaderId !== "" };
  });
}
