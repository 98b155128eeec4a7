import { poll } from "../../async/poll.ts";
import { lastResort } from "../../errors/decision.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { EtcdMember } from "../../etcd/etcd.ts";
import { defined } from "../../values/defined.ts";
import { actionAfterMs, progressReporter } from "../waiting/persist.ts";
import { type ClusterHealth, etcdHealth } from "./etcd-health.ts";
import { type EtcdPorts, type EtcdSession, etcdPauses } from "./etcd-session.ts";
import { memberTitle, quorumOf, quorumText, removalOf, voters } from "./member-names.ts";

/** Milliseconds to wait for the remaining members after a majority is healthy; long enough for any healthy member. */
const graceMs = 500;

/**
 * Waits until more than half of etcd's voting members are healthy. Warns of the others: etcd accepts no new member
 * while one is unavailable, so the join would fail later. Throws ETCD_UNHEALTHY.
 */
export async function checkEtcdHealth(session: EtcdSession, ports: EtcdPorts): Promise<void> {
  const { present, away } = await awaitHealthyMajority(session, ports);
  for (const member of away) {
    const arithmetic = quorumText(present.length + away.length, present.length);
    const message = `no response from the etcd member ${memberTitle(member)} (${arithmetic}). etcd accepts no new member while one is unavailable: restart it. ${lastResort(removalOf(member, { members: present }))}`;
    ports.events.emit("warning", { area: "check-etcd", message });
  }
}

/** The voting members that answer, and those that do not. */
export interface EtcdAttendance {
  readonly present: readonly EtcdMember[];
  readonly away: readonly EtcdMember[];
}

/**
 * Waits until more than half of etcd's voting members are healthy. Throws ETCD_UNHEALTHY, whose own remedy is for a machine
 * that joins.
 */
export async function awaitHealthyMajority(
  session: EtcdSession,
  ports: EtcdPorts,
  { remedy }: { readonly remedy?: string } = {},
): Promise<EtcdAttendance> {
  const { clock, events, signal, timeoutMs } = ports;
  const { etcd, endpoints } = session;
  using report = progressReporter({ what: "a healthy etcd cluster", deadlineMs: timeoutMs, clock, events });
  const health = await poll<ClusterHealth>({
    until: async (_attempt, attemptSignal) => {
      const found = await etcdHealth(etcd, endpoints, { signal: attemptSignal, graceMs });
      return found.isHealthy ? { done: true, value: found } : { done: false, reason: failuresOf(found) };
    },
    everyMs: etcdPauses,
    deadlineMs: timeoutMs,
    clock,
    signal,
    onWaiting: (reason, attempt) =>
      report(reason, attempt, attempt.elapsedMs < actionAfterMs ? undefined : { action: membersBack }),
    onTimeout: (reason) =>
      new KubeadmError("ETCD_UNHEALTHY", `etcd cluster is not healthy: ${reason}`, {
        ...defined({ remedy }),
        details: { endpoints, quorum: quorumOf(endpoints.length) },
      }),
  });
  for (const { trouble } of health.endpoints) {
    if (trouble !== undefined) events.emit("log", { level: 1, area: "etcd", message: trouble });
  }
  return attendanceIn(health, session);
}

const membersBack =
  "Restart the etcd members that do not respond: `crictl ps -a --name etcd` and `crictl logs` on their machines show why they aren't running.";

function failuresOf({ endpoints }: ClusterHealth): string {
  return endpoints.flatMap(({ trouble = [] }) => trouble).join("; ");
}

function attendanceIn({ endpoints }: ClusterHealth, { members }: EtcdSession): EtcdAttendance {
  const answering = new Set(endpoints.filter(({ isSilent }) => !isSilent).map(({ endpoint }) => endpoint));
  const all = voters(members);
  const away = all.filter(({ clientUrls }) => !clientUrls.some((url) => answering.has(url)));
  return { away, present: all.filter((member) => !away.includes(member)) };
}
