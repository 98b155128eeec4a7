import { lastResort } from "../../../errors/decision.ts";
import { resetting } from "../../../errors/destructive-steps.ts";
import { EtcdError } from "../../../etcd/etcd.ts";
import { part, type ShellPart } from "../../../values/shell.ts";
import { etcdctlCommand } from "../../etcd/member-names.ts";
import type { SeenMember } from "../../etcd/seen-members.ts";
import { type DoctorFinding, found } from "../check.ts";
import { checkOfReachableEtcd } from "./check-of-reachable-etcd.ts";

export const etcdAlarms = checkOfReachableEtcd(
  { name: "etcd-alarms", title: "Etcd has no alarms, and its database is within its quota" },
  ({ members }) => {
    const alarms = members.flatMap(alarmsOf);
    const kinds = new Set(alarms.map(({ kind }) => kind));
    const findings = [...kinds].map((kind) => alarmFinding(kind, alarms, members));
    return found([...findings, ...(kinds.has("NOSPACE") ? [] : members.flatMap(nearQuota))], largest(members));
  },
);

const corrupted = resetting({
  id: "corrupt-member",
  when: "most members agree, and the machine with the alarm is not one of them",
  after: ", join it again, and clear the alarm",
});

interface Alarm {
  /** "NOSPACE", "CORRUPT" */
  readonly kind: string;
  /** The member that raised it. */
  readonly memberId: string;
}

/** Reads the alarms among the errors of a status: `memberID:10276657743932975437 alarm:NOSPACE `. */
function alarmsOf({ answer }: SeenMember): readonly Alarm[] {
  if (answer instanceof EtcdError) return [];
  return answer.errors.flatMap((text) => {
    const [, id = "0", kind = ""] = /memberID:(\d{1,20}) +alarm:([A-Z]+)/.exec(text) ?? [];
    return kind === "" ? [] : [{ kind, memberId: BigInt(id).toString(16) }];
  });
}

function alarmFinding(kind: string, alarms: readonly Alarm[], members: readonly SeenMember[]): DoctorFinding {
  const raisedBy = new Set(alarms.filter((alarm) => alarm.kind === kind).map(({ memberId }) => memberId));
  const names = [...raisedBy].map((id) => members.find(({ member }) => member.id === id)?.member.name || id).join(", ");
  const evidence = members.flatMap(sizeOf);
  const etcdctl = (call: ShellPart) =>
    etcdctlCommand(call, members.find(({ member }) => raisedBy.has(member.id))?.member.name);
  if (kind === "NOSPACE") {
    return {
      severity: "error",
      finding: `Etcd accepts no writes: its database has reached its quota on ${names} (alarm NOSPACE).`,
      evidence,
      remedy:
        "Compact and defragment each member, then clear the alarm; or raise --quota-backend-bytes. Find out what fills it, usually Events or an operator's objects.",
      commands: [etcdctl(part`defrag --cluster`), etcdctl(part`alarm disarm`)],
    };
  }
  return {
    severity: "error",
    finding:
      kind === "CORRUPT"
        ? `The data of etcd on ${names} differs from that of the other members (alarm CORRUPT).`
        : `Etcd has raised the alarm ${kind} on ${names}.`,
    evidence,
    remedy:
      kind === "CORRUPT"
        ? "Save a snapshot of each member first: one of them has the right data (https://etcd.io/docs/latest/op-guide/data_corruption/)."
        : "See etcd's documentation of alarms.",
    commands: [etcdctl(part`alarm list`)],
    ...(kind === "CORRUPT" && members.length > 1 ? { decision: lastResort(corrupted) } : {}),
  };
}

/** The part of the quota from which on there is a warning. */
const nearlyFull = 0.8;

function nearQuota({ member, answer }: SeenMember): readonly DoctorFinding[] {
  if (answer instanceof EtcdError || answer.quotaBytes === 0) return [];
  if (answer.databaseBytes < nearlyFull * answer.quotaBytes) return [];
  const percent = Math.floor((100 * answer.databaseBytes) / answer.quotaBytes);
  return [
    {
      severity: "warning",
      finding: `The database of etcd on ${member.name} has used ${percent}% of its quota: when it is full, etcd accepts no writes.`,
      evidence: sizeOf({ member, answer }),
      remedy: "Defragment the members one after the other; raise --quota-backend-bytes if most of it is in use.",
      commands: [etcdctlCommand(part`defrag`, member.name)],
    },
  ];
}

function sizeOf({ member, answer }: SeenMember): readonly string[] {
  if (answer instanceof EtcdError) return [];
  const quota = answer.quotaBytes === 0 ? "" : ` of ${megabytes(answer.quotaBytes)} allowed`;
  return [`${member.name}: ${megabytes(answer.databaseBytes)}${quota}, ${megabytes(answer.usedBytes)} in use`];
}

function largest(members: readonly SeenMember[]): string | undefined {
  const sizes = members.flatMap(({ answer }) => (answer instanceof EtcdError ? [] : [answer.databaseBytes]));
  return sizes.length === 0 ? undefined : `the database has ${megabytes(Math.max(...sizes))}`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
