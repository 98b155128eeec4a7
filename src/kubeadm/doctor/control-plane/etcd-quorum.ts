import { type DestructiveStep, lastResort } from "../../../errors/decision.ts";
import { EtcdError, type EtcdStatus } from "../../../etcd/etcd.ts";
import { counted } from "../../../values/counted.ts";
import { shell } from "../../../values/shell.ts";
import { memberTitle, quorumOf, quorumText } from "../../etcd/member-names.ts";
import { failed, passed, skipped } from "../check.ts";
import { etcdState } from "../facts/etcd.ts";
import { logCommand } from "../suggested-commands.ts";
import { onControlPlane } from "./on-control-plane.ts";

export const etcdQuorum = onControlPlane({
  name: "etcd-quorum",
  title: "Etcd responds, and its members agree",
  after: ["own-addresses", "control-plane-certificates", "control-plane-cas", "serving-names", "etcd-pod", "firewall"],
  look: async (_plane, { once }) => {
    const state = await once(etcdState);
    if (state.state === "unknown") return skipped(state.reason);
    const logs = [logCommand("etcd")];
    if (state.state === "silent") {
      const isTrust = state.error.code === "untrusted";
      return failed(`Etcd does not respond at ${state.endpoints.join(", ")}: ${state.error.message}`, {
        remedy: isTrust
          ? "The certificates of etcd and its clients must be currently valid and from the same CA."
          : "Fix the problem in etcd's log.",
        commands: isTrust ? [shell`kubeadm certs check-expiration`] : logs,
      });
    }
    const { members, disagreement } = state;
    const voting = members.filter(({ member }) => !member.isLearner);
    const away = voting.filter(({ answer }) => answer instanceof EtcdError);
    const leader = voting.map(({ answer }) => leaderOf(answer)).find((id) => id !== "");
    if (disagreement === undefined) {
      const name = members.find(({ member }) => member.id === leader)?.member.name ?? leader ?? "";
      return passed(`${counted(voting.length, "member", "members")}, the leader is ${name}`);
    }
    const answering = voting.length - away.length;
    const hasQuorum = answering >= quorumOf(voting.length);
    const finding = hasQuorum
      ? `The etcd members respond, but do not agree in time: ${disagreement.message}`
      : `Etcd has no quorum: ${quorumText(voting.length, answering)}.`;
    return failed(finding, {
      evidence: away.map(({ member, answer }) => `${memberTitle(member)}: ${textOf(answer)}`),
      remedy: hasQuorum
        ? "Check the disks of the members, and port 2380 between their machines."
        : "On their machines, start the members that do not respond.",
      commands: logs,
      ...(hasQuorum ? {} : { decision: lastResort(lostQuorum) }),
    });
  },
});

const lostQuorum: DestructiveStep = {
  id: "lost-quorum",
  proof: { decided: "most members are permanently lost" },
  act: "restore etcd from a snapshot, or without one, start one member with --force-new-cluster from a copy of its data",
  lost: "everything that the restored data doesn't contain, and all other members",
};

function leaderOf(answer: EtcdStatus | EtcdError): string {
  return answer instanceof EtcdError ? "" : answer.leaderId;
}

export function textOf(answer: EtcdStatus | EtcdError): string {
  return answer instanceof EtcdError ? answer.message : `etcd ${answer.version}`;
}
