import { messageOf } from "../../errors/kubeadm-error.ts";
import { EtcdError, type EtcdMember } from "../../etcd/etcd.ts";
import type { InitialMember } from "../control-plane/etcd-pod.ts";
import { announceMember, initialCluster, type MemberToJoin } from "./announce-member.ts";
import { answerMs } from "./etcd-health.ts";
import type { EtcdSession } from "./etcd-session.ts";
import { hearAnnouncement } from "./hear-announcement.ts";
import { etcdctlCommand, memberTitle } from "./member-names.ts";
import {
  availabilityTimeoutMs,
  type MemberWaitPorts,
  promoteMember,
  waitForAvailability,
  waitForService,
  waitForStartedMember,
} from "./promote-member.ts";

export interface JoiningMachine extends MemberToJoin {
  /** Where clients reach the member: asked for its health at the end. */
  readonly clientUrl: string;
  /** Has the kubelet start etcd with this `--initial-cluster`. */
  start(members: readonly InitialMember[]): Promise<void>;
  /** The last entry of the log that the etcd of this machine has applied; undefined where it does not tell. */
  appliedIndex(signal: AbortSignal): Promise<number | undefined>;
  /** Has the kubelet start the etcd of this machine again; false where it was left as it is. */
  restart(signal: AbortSignal): Promise<boolean>;
  /** Takes back what `start` did. */
  stop(): Promise<void>;
  /** Removes what etcd has written into a data directory that held no data of it before. */
  discardData(): Promise<void>;
}

export interface JoinMemberPorts extends MemberWaitPorts {
  /** As `Run.onFailure`. */
  onFailure(name: string, undo: (signal: AbortSignal) => Promise<void>): void;
}

/**
 * Makes the machine's etcd a voting member: announced without a vote, started, promoted once it is in sync. Where that
 * fails, the member is taken out of the list again unless it votes already: a member that was left behind would keep
 * every later one out, or count against the quorum.
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
    ports.onFailure("take the new member out of etcd again", async (signal) => {
      const withdrawal = { joining, session, ports, signal };
      await (state === undefined ? withdrawUnanswered(withdrawal) : withdraw(state, withdrawal));
    });
  };
  const announced = await announceMember(joining, session, { ...ports, onAsk: undoOnFailure });
  const { member, isUnstarted } = announced;
  state = { member, isUnstarted, mayVote: !member.isLearner };
  undoOnFailure();
  events.emit("etcd.member.announced", { memberId: member.id, peerUrl: joining.peerUrl });
  events.emit("manifest.writing", { component: "etcd" });
  await joining.start(initialCluster(joining.name, announced));
  const started = await waitForStartedMember(member.id, session, ports);
  if (started.isLearner && (await hearAnnouncement(joining, session, ports))) {
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
  /** A promotion was asked for, or is older than this run. */
  mayVote: boolean;
}

interface Withdrawal {
  readonly joining: JoiningMachine;
  readonly session: EtcdSession;
  readonly ports: JoinMemberPorts;
  readonly signal: AbortSignal;
}

/** After a call to add the member whose answer nobody waited for: etcd may have done it all the same. */
async function withdrawUnanswered({ joining, session, ports, signal }: Withdrawal): Promise<void> {
  const { etcd } = session;
  try {
    const members = await etcd.members({ signal, timeoutMs: answerMs });
    const member = members.find(({ peerUrls, name }) => name === "" && peerUrls.includes(joining.peerUrl));
    if (member !== undefined) await etcd.remove(member.id, { signal, timeoutMs: answerMs });
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    const message = `etcd does not answer (${error.message}), so its list may have a new member at ${joining.peerUrl}. Joining this machine again goes on with it`;
    ports.events.emit("warning", { area: "etcd", message });
  }
}

async function withdraw(state: JoinState, { joining, session, ports, signal }: Withdrawal): Promise<void> {
  const { etcd } = session;
  const warn = (message: string) => ports.events.emit("warning", { area: "etcd", message });
  const byHand = `\`${etcdctlCommand(`member remove ${state.member.id}`)}\``;
  let current: EtcdMember | undefined;
  try {
    const members = await etcd.members({ signal, timeoutMs: answerMs });
    current = members.find(({ id }) => id === state.member.id);
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    if (!state.mayVote) await joining.stop();
    return warn(
      `etcd does not answer (${error.message}), so its new member ${memberTitle(state.member)} stays in the list. Joining this machine again goes on with it; to give it up: ${byHand}`,
    );
  }
  if (current !== undefined && !current.isLearner) {
    return warn(
      `${memberTitle(current)} is a voting member of etcd by now, so it goes on running. To take this machine out again, run \`kubeadm reset\``,
    );
  }
  if (!state.isUnstarted) return joining.stop();
  // Out of the list before it is stopped: a promotion that was asked for may come to be yet, and a vote that is gone costs
  // the quorum.
  if (current !== undefined) {
    try {
      await etcd.remove(current.id, { signal, timeoutMs: answerMs });
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      if (error.code !== "member-not-found") {
        if (!state.mayVote) await joining.stop();
        return warn(`etcd did not remove its new member again (${messageOf(error)}): ${byHand}`);
      }
    }
  }
  await joining.stop();
  if (joining.data.kind === "none") await joining.discardData();
}
