import { describe, expect, it } from "vitest";
import { nodeWith } from "../../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { examinationPorts } from "../../../../test/fixtures/kubeadm/doctor/examination.ts";
import { EtcdError, type EtcdMember, type EtcdStatus } from "../../../etcd/etcd.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { memoryHost } from "../../../host/memory.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import type { DoctorCheck } from "../check.ts";
import { type Examination, examinationOf, type Fact } from "../examination.ts";
import { type EtcdState, etcdState } from "../facts/etcd.ts";
import { allNodes } from "../facts/nodes.ts";
import { runDoctorChecks } from "../run-checks.ts";
import { etcdAlarms } from "./etcd-alarms.ts";
import { logWrites } from "./etcd-disk.ts";
import { etcdMembers } from "./etcd-members.ts";
import { etcdQuorum } from "./etcd-quorum.ts";

const ids = { cp1: "a1", cp2: "b2", cp3: "c3" } as const;
const addresses = { cp1: "192.0.2.10", cp2: "192.0.2.11", cp3: "192.0.2.12" } as const;
type Name = keyof typeof ids;

function member(name: Name, changes: Partial<EtcdMember> = {}): EtcdMember {
  const url = `https://${addresses[name]}`;
  return { id: ids[name], name, peerUrls: [`${url}:2380`], clientUrls: [`${url}:2379`], isLearner: false, ...changes };
}

function status(name: Name, changes: Partial<EtcdStatus> = {}): EtcdStatus {
  return {
    memberId: ids[name],
    leaderId: "a1",
    version: "3.7.3",
    isLearner: false,
    appliedIndex: 100,
    errors: [],
    databaseBytes: 50 * 1024 ** 2,
    usedBytes: 20 * 1024 ** 2,
    quotaBytes: 2 * 1024 ** 3,
    ...changes,
  };
}

const silent = new EtcdError("unavailable", "connection error: desc = \u001b[31mrefused\nremedy: none");
const answered = (name: Name, changes: Partial<EtcdStatus> = {}) => ({
  member: member(name),
  answer: status(name, changes),
});
const away = (name: Name) => ({ member: member(name), answer: silent });
const state = (...members: (EtcdState & { state: "answered" })["members"]): EtcdState => ({
  state: "answered",
  members,
});

const three = state(answered("cp1"), answered("cp2"), answered("cp3"));

/** Checks cp1, whose manifest of etcd is there, with these answers. */
async function look(check: DoctorCheck, etcd: EtcdState, nodes: readonly string[] = ["cp1", "cp2", "cp3"]) {
  const node = nodeWith({}, { localAPIEndpoint: { advertiseAddress: addresses.cp1, bindPort: 6443 } });
  const local = "local" in node.cluster.etcd ? node.cluster.etcd.local : undefined;
  if (local === undefined) throw new Error("the cluster of this test has a local etcd");
  const files = { "/etc/kubernetes/manifests/etcd.yaml": writeYaml(etcdPod(node, local)) };
  const examination = examinationOf(examinationPorts(memoryHost({ files, clock: { automatic: true } })));
  const list = nodes.map((name) => ({ metadata: { name } }));
  const known = new Map<Fact<unknown>, unknown>([
    [etcdState, etcd],
    [allNodes, { state: "found", value: list }],
  ]);
  const once: Examination["once"] = <T>(fact: Fact<T>) =>
    known.has(fact) ? Promise.resolve(known.get(fact) as T) : examination.once(fact);
  const [result] = await runDoctorChecks([check], { ...examination, once });
  if (result === undefined) throw new Error("a check has a result");
  return result;
}

interface Row {
  readonly fault: string;
  readonly check: DoctorCheck;
  readonly etcd: EtcdState;
  readonly nodes?: readonly string[];
  readonly severity: "error" | "warning";
  readonly finding: RegExp;
  readonly command?: RegExp;
  /** What a person has to decide; no command does it. */
  readonly decision?: RegExp;
}

const noSpace = "memberID:178 alarm:NOSPACE ";

const rows: readonly Row[] = [
  {
    fault: "no endpoint answers",
    check: etcdQuorum,
    etcd: { state: "silent", endpoints: ["https://127.0.0.1:2379"], error: silent },
    severity: "error",
    finding: /^Etcd does not respond at https:\/\/127\.0\.0\.1:2379/,
  },
  {
    fault: "two of three members are away",
    check: etcdQuorum,
    etcd: {
      state: "answered",
      members: [answered("cp1", { leaderId: "", errors: ["etcdserver: no leader"] }), away("cp2"), away("cp3")],
      disagreement: new EtcdError("timed-out", "etcdserver: request timed out"),
    },
    severity: "error",
    finding: /^Etcd has no quorum: 3 voting members, of which 1 responds; etcd needs 2/,
  },
  {
    fault: "all members answer, but do not agree",
    check: etcdQuorum,
    etcd: {
      state: "answered",
      members: [answered("cp1"), answered("cp2"), answered("cp3")],
      disagreement: new EtcdError("timed-out", "etcdserver: request timed out"),
    },
    severity: "error",
    finding: /do not agree in time: etcdserver: request timed out/,
  },
  {
    fault: "one of three members is away",
    check: etcdMembers,
    etcd: state(answered("cp1"), answered("cp2"), away("cp3")),
    severity: "warning",
    finding: /^The etcd member cp3 \(c3, https:\/\/192\.0\.2\.12:2380\) does not respond/,
    decision: /exec etcd-cp1 .* member remove c3`\. This loses /,
  },
  {
    fault: "the machine of a member has left without a reset",
    check: etcdMembers,
    etcd: state(answered("cp1"), answered("cp2"), away("cp3")),
    nodes: ["cp1", "cp2"],
    severity: "warning",
    finding: /cp3 .* does not respond, and the cluster has no Node cp3/,
    decision: /member remove c3`\. This loses /,
  },
  {
    fault: "a learner was left over",
    check: etcdMembers,
    etcd: state(answered("cp1"), { member: member("cp2", { isLearner: true, name: "" }), answer: silent }),
    severity: "warning",
    finding: /^Etcd has the learner an unnamed member \(b2/,
    decision: /member remove b2`\. This loses /,
  },
  {
    fault: "etcd knows this machine at another address",
    check: etcdMembers,
    etcd: state({ member: member("cp1", { peerUrls: ["https://192.0.2.99:2380"] }), answer: silent }, answered("cp2")),
    severity: "error",
    finding:
      /knows this machine's member cp1 at https:\/\/192\.0\.2\.99:2380, but its manifest says https:\/\/192\.0\.2\.10:2380/,
  },
  {
    fault: "this machine's member was removed",
    check: etcdMembers,
    etcd: state(answered("cp2"), answered("cp3")),
    severity: "error",
    finding: /^Etcd has no member cp1 with the peer URL https:\/\/192\.0\.2\.10:2380/,
  },
  {
    fault: "the database has reached its quota",
    check: etcdAlarms,
    etcd: state(answered("cp1", { errors: [noSpace] }), answered("cp2", { errors: [noSpace] })),
    severity: "error",
    finding: /^Etcd accepts no writes: its database has reached its quota on cp2 \(alarm NOSPACE\)/,
    command: /exec etcd-cp2 .* alarm disarm$/,
  },
  {
    fault: "the data of a member is corrupt",
    check: etcdAlarms,
    etcd: state(answered("cp1", { errors: ["memberID:195 alarm:CORRUPT "] }), answered("cp3")),
    severity: "error",
    finding: /^The data of etcd on cp3 differs from that of the other members \(alarm CORRUPT\)/,
  },
  {
    fault: "the database of a member with a hostile name is nearly full",
    check: etcdAlarms,
    etcd: state({
      member: member("cp1", { name: "x; reboot" }),
      answer: status("cp1", { databaseBytes: 1.9 * 1024 ** 3 }),
    }),
    severity: "warning",
    finding: /^The database of etcd on x; reboot has used 95% of its quota/,
    command: /exec etcd-NODE .* defrag$/,
  },
  {
    fault: "the database is nearly full",
    check: etcdAlarms,
    etcd: state(answered("cp1", { databaseBytes: 1.8 * 1024 ** 3 })),
    severity: "warning",
    finding: /^The database of etcd on cp1 has used 90% of its quota/,
  },
];

describe("etcd's own answers", () => {
  it.each(rows)("lead to the finding: $fault", async ({ check, etcd, nodes, severity, finding, command, decision }) => {
    const { findings } = await look(check, etcd, nodes);
    expect(findings.map((each) => each.severity)).toEqual([severity]);
    expect(findings[0]?.finding).toMatch(finding);
    if (decision !== undefined) expect(findings[0]?.decision).toMatch(decision);
    expect(findings.flatMap((each) => each.commands ?? []).join("\n")).not.toMatch(/member remove|kubeadm reset/);
    if (command !== undefined) expect(findings[0]?.commands?.join("\n")).toMatch(command);
    const texts = findings.flatMap((each) => [each.finding, ...(each.evidence ?? []), ...(each.commands ?? [])]);
    expect(texts.filter((text) => text.includes("\u001b") || text.includes("\n"))).toEqual([]);
    expect(findings.flatMap((each) => each.commands ?? []).filter((text) => text.includes("reboot"))).toEqual([]);
  });

  it.each([etcdQuorum, etcdMembers, etcdAlarms])("lead to no finding if all is well: $name", async (check) => {
    expect(await look(check, three)).toMatchObject({ state: "ok", findings: [] });
  });
});

describe("the syncs of etcd's log", () => {
  const metrics = (slow: number) => `# TYPE etcd_disk_wal_fsync_duration_seconds histogram
etcd_disk_wal_fsync_duration_seconds_bucket{le="0.064"} 900
etcd_disk_wal_fsync_duration_seconds_bucket{le="0.128"} ${1000 - slow}
etcd_disk_wal_fsync_duration_seconds_bucket{le="+Inf"} 1000
etcd_disk_wal_fsync_duration_seconds_sum 12.5
etcd_disk_wal_fsync_duration_seconds_count 1000
`;

  const texts: readonly (readonly [string, string, ReturnType<typeof logWrites>])[] = [
    ["are counted", metrics(30), { total: 1000, slow: 30 }],
    ["are unknown without the histogram", "etcd_server_has_leader 1\n", undefined],
    ["are unknown if the numbers are none", metrics(0).replaceAll("1000", "NaN"), undefined],
    ["are unknown if the counts contradict each other", metrics(-5), undefined],
  ];

  it.each(texts)("%s", (_what, text, wanted) => {
    expect(logWrites(text)).toEqual(wanted);
  });
});
