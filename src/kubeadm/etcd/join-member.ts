import { lastResort } from "../../errors/decision.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { EtcdError, type EtcdMember } from "../../etcd/etcd.ts";
import type { InitialMember } from "../control-plane/etcd-pod.ts";
import { addMember, initialCluster, type MemberToJoin } from "./add-member.ts";
import { answerMs } from "./etcd-health.ts";
import type { EtcdSession } from "./etcd-session.ts";
import { memberTitle, removalOf } from "./member-names.ts";
import {
  availabilityTimeoutMs,
  type MemberWaitPorts,
  promoteMember,
  waitForAvailability,
  waitForService,
  waitForStartedMember,
} from "./promote-member.ts";
import { restartUnlessServing } from "./restart-unless-serving.ts";

export interface JoiningMachine extends MemberToJoin {
  /** Client URL of the member, for the health check at the end. */
  readonly clientUrl: string;
  /** Makes the kubelet start etcd with this `--initial-cluster`. */
  start(members: readonly InitialMember[]): Promise<void>;
  /** Returns the index of the last log entry that this machine's etcd has applied; undefined if unknown. */
  appliedIndex(signal: AbortSignal): Promise<number | undefined>;
  /** Makes the kubelet restart this machine's etcd; returns false if it was left running. */
  restart(signal: AbortSignal): Promise<boolean>;
  /** Undoes `start`. */
  stop(): Promise<void>;
  /** Removes etcd's data from a data directory that was empty before. */
  discardData(): Promise<void>;
}

export interface JoinMemberPorts extends MemberWaitPorts {
  /** As `Run.onFailure`. */
  onFailure(name: string, undo: (signal: AbortSignal) => Promise<void>): void;
}

/**
 * Makes the machine's etcd a voting member: adds it as a learner, starts it, and promotes it once it is in sync. If
 * that fails, removes the member from the list unless it votes already: a stale member would block every later one, or
 * count against the quorum.
 */
export async function joinEtcdMember(
  joining: JoiningMachine,
  session: EtcdSession,
  ports: JoinMemberPorts,
): Promise<void> {
  const { events } = ports;
  let state: JoinState | undefined;
  let undoes = false;
  const undoOnFailure = () => {
    if (undoes) return;
    undoes = true;
    ports.onFailure("remove the new member from etcd", async (signal) => {
      const withdrawal = { joining, session, ports, signal };
      await (state === undefined ? withdrawUnanswered(withdrawal) : withdraw(state, withdrawal));
    });
  };
  const added = await addMember(joining, session, { ...ports, beforeAdd: undoOnFailure });
  const { member, isUnstarted } = added;
  state = { member, isUnstarted, mayVote: !member.isLearner };
  undoOnFailure();
  events.emit("etcd.member.announced", { memberId: member.id, peerUrl: joining.peerUrl });
  events.emit("manifest.writing", { component: "etcd" });
  await joining.start(initialCluster(joining.name, added));
  const started = await waitForStartedMember(member.id, session, ports);
  if (started.isLearner && (await restartUnlessServing(joining, session, ports))) {
    await waitForService(joining.clientUrl, session, ports);
  }
  state.mayVote = true;
  await promoteMember(started, session, ports);
  events.emit("etcd.member.waiting", { timeoutMs: availabilityTimeoutMs });
  await waitForAvailability(joining.clientUrl, session, ports);
}

interface JoinState {
  readonly member: EtcdMember;
  readonly isUnstarted: boolean;
  /** A promotion was requested, or happened before this run. */
  mayVote: boolean;
}

interface Withdrawal {
  readonly joining: JoiningMachine;
  readonly session: EtcdSession;
  readonly ports: JoinMemberPorts;
  readonly signal: AbortSignal;
}

/** Cleans up after a call to add the member was abandoned: etcd may have added it. */
async function withdrawUnanswered({ joining, session, ports, signal }: Withdrawal): Promise<void> {
  const { etcd } = session;
  try {
    const members = await etcd.members({ signal, timeoutMs: answerMs });
    const member = members.find(({ peerUrls, name }) => name === "" && peerUrls.includes(joining.peerUrl));
    if (member !== undefined) await etcd.remove(member.id, { signal, timeoutMs: answerMs });
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    const message = `etcd does not respond (${error.message}), so its list may have a new member at ${joining.peerUrl}. Joining this machine again resumes with it`;
    ports.events.emit("warning", { area: "etcd", message });
  }
}

async function withdraw(state: JoinState, { joining, session, ports, signal }: Withdrawal): Promise<void> {
  const { etcd } = session;
  const warn = (message: string) => ports.events.emit("warning", { area: "etcd", message });
  const byHand = lastResort(removalOf(state.member, { when: "this machine should not join" }));
  let current: EtcdMember | undefined;
  try {
    const members = await etcd.members({ signal, timeoutMs: answerMs });
    current = members.find(({ id }) => id === state.member.id);
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    if (!state.mayVote) await joining.stop();
    return warn(
      `etcd does not respond (${error.message}), so its new member ${memberTitle(state.member)} stays in the list. Joining this machine again resumes with it. ${byHand}`,
    );
  }
  if (current !== undefined && !current.isLearner) {
    return warn(
      `${memberTitle(current)} is already a voting member of etcd, so it keeps running. Joining this machine again resumes with it`,
    );
  }
  if (!state.isUnstarted) return joining.stop();
  // Removed from the list before it is stopped: a requested promotion may still succeed, and a stopped voting member
  // may cost the quorum.
  if (current !== undefined) {
    try {
      await etcd.remove(current.id, { signal, timeoutMs: answerMs });
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      if (error.code !== "member-not-found") {
        if (!state.mayVote) await joining.stop();
        return warn(`etcd did not remove its new member (${messageOf(error)}). ${byHand}`);
      }
    }
  }
  await joining.stop();
  if (joining.data.kind === "none" || joining.wasBegun === true) await joining.discardData();
}
