import { orElse } from "../../../async/or-else.ts";
import { TransportError } from "../../../cluster/transport.ts";
import { EtcdError } from "../../../etcd/etcd.ts";
import { shell } from "../../../values/shell.ts";
import type { SeenMember } from "../../etcd/seen-members.ts";
import { type DoctorFinding, found, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { type EtcdAccess, etcdAccess } from "../facts/etcd.ts";
import { checkOfReachableEtcd } from "./check-of-reachable-etcd.ts";

/** Milliseconds for the response from a member, after the status of all. */
const answerMs = 500;
/** The Date header is exact only to the second. */
const noticeableMs = 5_000;

export const etcdClocks = checkOfReachableEtcd(
  { name: "etcd-clocks", title: "The clocks of etcd's members agree" },
  async ({ members }, examination) => {
    const access = await examination.once(etcdAccess);
    if (access.state === "unknown") return skipped(access.reason);
    const answering = members.filter(({ answer }) => !(answer instanceof EtcdError));
    const clocks = await Promise.all(answering.map((seen) => clockOf(seen, access, examination)));
    const known = clocks.filter((clock) => clock !== undefined);
    if (known.length === 0) return skipped("no member reports its time");
    const findings = known.filter(({ aheadMs }) => Math.abs(aheadMs) >= noticeableMs).map(findingOf);
    return found(findings);
  },
);

interface MemberClock {
  readonly name: string;
  /** Milliseconds by which this machine's clock is ahead of the member's. */
  readonly aheadMs: number;
  readonly there: Date;
}

async function clockOf(
  { member }: SeenMember,
  { credentials }: EtcdAccess & { readonly state: "known" },
  { clock, connections, signal }: Examination,
): Promise<MemberClock | undefined> {
  const [url] = member.clientUrls.filter((each) => URL.canParse(each));
  if (url === undefined) return undefined;
  const { certificateAuthority, ...identity } = credentials;
  return orElse(undefined, TransportError, async () => {
    const { send } = connections.transport(url, { certificateAuthority }, identity);
    const request = { method: "GET", url: `${url.replace(/\/$/, "")}/version`, timeoutMs: answerMs } as const;
    const { headers } = await send(request, signal);
    const there = new Date(Date.parse(headers["date"] ?? ""));
    if (Number.isNaN(there.getTime())) return undefined;
    return { name: member.name, aheadMs: clock.now().getTime() - there.getTime(), there };
  });
}

function findingOf({ name, aheadMs, there }: MemberClock): DoctorFinding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return {
    severity: "warning",
    finding: `This machine's clock is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} the clock of the etcd member ${name}: certificates and leases may not be valid on all control planes.`,
    evidence: [`${name}: ${there.toISOString()}`],
    remedy: "Synchronize the clocks of all control planes with NTP.",
    commands: [shell`timedatectl set-ntp true`, shell`timedatectl timesync-status`],
  };
}
