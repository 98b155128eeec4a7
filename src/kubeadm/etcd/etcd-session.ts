import type { Clock } from "../../async/clock.ts";
import { doubling } from "../../async/poll.ts";
import type { ConnectEtcd, Etcd, EtcdCredentials, EtcdMember } from "../../etcd/etcd.ts";
import type { Events } from "../../events/events.ts";
import { persist } from "../waiting/persist.ts";
import { answerMs } from "./etcd-health.ts";
import { explainEtcdFailure } from "./explain-etcd-failure.ts";
import { voters } from "./member-names.ts";

export interface EtcdPorts {
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** timeouts.etcdAPICall in milliseconds. */
  readonly timeoutMs: number;
}

/** A connection to etcd, with the member list as last read. */
export interface EtcdSession {
  readonly etcd: Etcd;
  readonly members: readonly EtcdMember[];
  /** Client URLs of the started voting members. */
  readonly endpoints: readonly string[];
}

/** Short pauses first, because most waits for etcd end after a moment. Upstream's interval is 500 ms. */
export const etcdPauses = doubling(50, 500);

/** Connects to etcd at the endpoints and replaces them with those of the member list. The caller closes the session. */
export async function openEtcd(
  given: {
    readonly endpoints: readonly string[];
    readonly credentials: EtcdCredentials;
    readonly connectEtcd: ConnectEtcd;
  },
  ports: EtcdPorts,
): Promise<EtcdSession> {
  const first = given.connectEtcd(given.endpoints, given.credentials);
  try {
    const members = await readMembers("error syncing endpoints with etcd", first, { ...ports, ...given });
    const endpoints = endpointsOf(members);
    if (sameUrls(endpoints, given.endpoints)) return { etcd: first, members, endpoints };
    const etcd = given.connectEtcd(endpoints, given.credentials);
    first.close();
    return { etcd, members, endpoints };
  } catch (error) {
    first.close();
    throw error;
  }
}

/** Reads the member list, with retries. */
export function readMembers(
  context: string,
  etcd: Etcd,
  { endpoints, ...ports }: EtcdPorts & { readonly endpoints: readonly string[] },
): Promise<readonly EtcdMember[]> {
  return persist({
    what: "the members of etcd",
    attempt: (signal) => etcd.members({ signal, timeoutMs: answerMs }),
    explain: (error) => explainEtcdFailure(error, { context, etcd, members: [], endpoints, signal: ports.signal }),
    deadlineMs: ports.timeoutMs,
    everyMs: etcdPauses,
    ...ports,
  });
}

function endpointsOf(members: readonly EtcdMember[]): readonly string[] {
  return voters(members).flatMap(({ clientUrls }) => clientUrls);
}

function sameUrls(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((url) => other.includes(url));
}
