import { type Decision, lastResort } from "../../../errors/decision.ts";
import { resetting } from "../../../errors/destructive-steps.ts";
import { EtcdError, type EtcdMember } from "../../../etcd/etcd.ts";
import { part, shell } from "../../../values/shell.ts";
import { readLocalMember } from "../../etcd/local-member.ts";
import { etcdctlCommand, memberTitle, quorumText, removalOf, voters } from "../../etcd/member-names.ts";
import type { SeenMember } from "../../etcd/seen-members.ts";
import { type DoctorFinding, found, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { controlPlane } from "../facts/control-plane.ts";
import { allNodes } from "../facts/nodes.ts";
import { checkOfReachableEtcd } from "./check-of-reachable-etcd.ts";
import { textOf } from "./etcd-quorum.ts";

export const etcdMembers = checkOfReachableEtcd(
  {
    name: "etcd-members",
    title: "Every etcd member responds and belongs to a control plane",
    needs: [allNodes],
  },
  async ({ members, disagreement }, examination) => {
    if (disagreement !== undefined) return skipped("etcd has no quorum");
    const nodes = await nodeNames(examination);
    const [own, others] = await ownMember(members, examination);
    const findings = others.flatMap((seen) => memberFindings(seen, members, nodes));
    return found([...own, ...findings], members.map(({ member }) => member.name).join(", "));
  },
);

/** Undefined if they cannot be seen, or if etcd's members need not be Nodes of the cluster. */
async function nodeNames({ once }: Examination): Promise<ReadonlySet<string> | undefined> {
  const plane = await once(controlPlane);
  if (plane?.hasLocalEtcd !== true) return undefined;
  const nodes = await once(allNodes);
  return nodes.state === "found" ? new Set(nodes.value.map(({ metadata }) => metadata?.name ?? "")) : undefined;
}

/** Returns findings about this machine's member, and the others. */
async function ownMember(members: readonly SeenMember[], { files, once }: Examination) {
  const plane = await once(controlPlane);
  const local = plane?.hasLocalEtcd === true ? await readLocalMember(files) : undefined;
  if (local === undefined || local.name === "") return [[], members] as const;
  const own = members.find(({ member }) => member.peerUrls.some((url) => local.peerUrls.includes(url)));
  const named = members.find(({ member }) => member.name === local.name);
  const others = members.filter((each) => each !== own && each !== named);
  if (own !== undefined) return [memberFindings(own, members, undefined), others] as const;
  const urls = local.peerUrls.join(", ");
  const about =
    named === undefined
      ? `Etcd has no member ${local.name} with the peer URL ${urls}: this machine's member was removed, or never added.`
      : `Etcd knows this machine's member ${local.name} at ${named.member.peerUrls.join(", ")}, but its manifest says ${urls}.`;
  const finding: DoctorFinding = {
    severity: "error",
    finding: about,
    evidence: members.map(({ member }) => memberTitle(member)),
    remedy:
      named === undefined
        ? "Find out who removed it. Keep its data until then, although etcd will not start with it again."
        : "Correct the manifest, or the machine's address.",
    commands: [etcdctlCommand(part`member list`, members[0]?.member.name)],
    ...(hasOtherData(others) ? { decision: lastResort(rejoining) } : {}),
  };
  return [[finding], others] as const;
}

const rejoining = resetting({
  id: "removed-member",
  when: "the machine belongs to this cluster as another member of etcd",
  after: ", then join it again as a control plane",
});

/** Others vote and answer, so that this machine's data is not the only one. */
function hasOtherData(others: readonly SeenMember[]): boolean {
  return others.some(({ member, answer }) => !member.isLearner && !(answer instanceof EtcdError));
}

function memberFindings(
  { member, answer }: SeenMember,
  all: readonly SeenMember[],
  nodes: ReadonlySet<string> | undefined,
): readonly DoctorFinding[] {
  const answering = voters(all.filter(({ answer }) => !(answer instanceof EtcdError)).map((each) => each.member));
  const removal = (when: string) => lastResort(removalOf(member, { when, members: answering }));
  const title = memberTitle(member);
  if (member.isLearner) {
    return [
      {
        severity: "warning",
        finding: `Etcd has the learner ${title}: a join that is running now, or that was abandoned. Until it is promoted or removed, no other control plane can join.`,
        evidence: [`${title}: ${textOf(answer)}`],
        remedy: "Let the join finish, or run it again.",
        commands: [etcdctlCommand(part`member list`, answering[0]?.name)],
        decision: removal("that join was abandoned"),
      },
    ];
  }
  if (!(answer instanceof EtcdError)) return isOrphan(member, nodes) ? [orphan(member, removal, "answers, but")] : [];
  const voting = all.filter((each) => !each.member.isLearner);
  const evidence = [`${title}: ${textOf(answer)}`, quorumText(voting.length, answering.length)];
  if (isOrphan(member, nodes)) return [{ ...orphan(member, removal, "does not respond, and"), evidence }];
  return [
    {
      severity: "warning",
      finding: `The etcd member ${title} does not respond: no control plane can join, and etcd tolerates the loss of fewer members.`,
      evidence,
      remedy: "Start it again on its machine.",
      commands: [shell`crictl ps -a --name etcd`],
      decision: removal("that machine is permanently lost"),
    },
  ];
}

function isOrphan({ name }: EtcdMember, nodes: ReadonlySet<string> | undefined): boolean {
  return nodes !== undefined && name !== "" && !nodes.has(name);
}

function orphan(member: EtcdMember, removal: (when: string) => Decision, how: string): DoctorFinding {
  return {
    severity: "warning",
    finding: `The etcd member ${memberTitle(member)} ${how} the cluster has no Node ${member.name}: its machine left without \`kubeadm reset\`.`,
    remedy: "Join the machine again, if it still belongs to the cluster.",
    commands: [shell`kubectl get nodes`],
    decision: removal("that machine has left permanently"),
  };
}
