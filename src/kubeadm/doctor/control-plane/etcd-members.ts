import { EtcdError, type EtcdMember } from "../../../etcd/etcd.ts";
import { readLocalMember } from "../../etcd/local-member.ts";
import { etcdctlCommand, memberTitle, quorumText } from "../../etcd/member-names.ts";
import type { SeenMember } from "../../etcd/seen-members.ts";
import { type DoctorFinding, found, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { controlPlane } from "../facts/control-plane.ts";
import { allNodes } from "../facts/nodes.ts";
import { textOf } from "./etcd-quorum.ts";
import { ofAnsweringEtcd } from "./of-answering-etcd.ts";

export const etcdMembers = ofAnsweringEtcd(
  {
    name: "etcd-members",
    title: "Every member of etcd answers and belongs to a control plane",
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
        ? "Reset this machine and join it again as a control plane."
        : "If the machine's address has changed for good, reset it and join it again; else correct the manifest.",
    commands: ["kubeadm reset"],
  };
  return [[finding], others] as const;
}

function memberFindings(
  { member, answer }: SeenMember,
  all: readonly SeenMember[],
  nodes: ReadonlySet<string> | undefined,
): readonly DoctorFinding[] {
  const removal = removalCommand(member, all);
  const title = memberTitle(member);
  if (member.isLearner) {
    return [
      {
        severity: "warning",
        finding: `Etcd has the learner ${title}: a join that runs at the moment, or one that was given up. While it is there, no other control plane can join.`,
        evidence: [`${title}: ${textOf(answer)}`],
        remedy: "If no join is running, remove it.",
        commands: [removal],
      },
    ];
  }
  if (!(answer instanceof EtcdError)) return isOrphan(member, nodes) ? [orphan(member, removal, "answers, but")] : [];
  const voting = all.filter((each) => !each.member.isLearner);
  const answering = voting.filter((each) => !(each.answer instanceof EtcdError)).length;
  const evidence = [`${title}: ${textOf(answer)}`, quorumText(voting.length, answering)];
  if (isOrphan(member, nodes)) return [{ ...orphan(member, removal, "does not answer, and"), evidence }];
  return [
    {
      severity: "warning",
      finding: `The etcd member ${title} does not answer: no control plane can join, and etcd tolerates the loss of fewer members.`,
      evidence,
      remedy: "Start it again on its machine. If that machine is lost, remove the member.",
      commands: ["crictl ps -a --name etcd", removal],
    },
  ];
}

function isOrphan({ name }: EtcdMember, nodes: ReadonlySet<string> | undefined): boolean {
  return nodes !== undefined && name !== "" && !nodes.has(name);
}

function orphan(member: EtcdMember, removal: string, how: string): DoctorFinding {
  return {
    severity: "warning",
    finding: `The etcd member ${memberTitle(member)} ${how} the cluster has no Node ${member.name}: its machine has left without \`kubeadm reset\`.`,
    remedy: "Remove the member.",
    commands: [removal],
  };
}

/** Returns the command that removes a member, run in the Pod of another one that answers. */
function removalCommand({ id }: EtcdMember, all: readonly SeenMember[]): string {
  const helper = all.find(({ member, answer }) => {
    const isAble = !member.isLearner && !(answer instanceof EtcdError);
    return isAble && member.id !== id && member.name !== "";
  });
  return etcdctlCommand(`member remove ${id}`, helper?.member.name);
}
