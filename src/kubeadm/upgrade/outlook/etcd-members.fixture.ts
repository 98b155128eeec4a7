// An etcd whose members answer as a test says.
import { type ConnectEtcd, EtcdError, type EtcdStatus } from "../../../etcd/etcd.ts";

/** A member that is well, but for what is given. */
export interface FakeMember extends Partial<Pick<EtcdStatus, "version" | "errors" | "quotaBytes">> {
  /** "" if it has not started. */
  readonly name: string;
  readonly peerUrl?: string;
  readonly isLearner?: boolean;
  readonly leads?: boolean;
  readonly answers?: boolean;
}

/** The members have the ids 1, 2 and so on. `agreement`: why they do not agree on the list; `opened` gains what is asked. */
export function etcdWith(
  members: readonly FakeMember[],
  { agreement, opened = [] }: { readonly agreement?: EtcdError; readonly opened?: (readonly string[])[] } = {},
): ConnectEtcd {
  const list = members.map(({ name, peerUrl, isLearner = false }, index) => ({
    id: String(index + 1),
    name,
    peerUrls: [peerUrl ?? `https://192.0.2.1${index}:2380`],
    clientUrls: name === "" ? [] : [`https://192.0.2.1${index}:2379`],
    isLearner,
  }));
  const leader = members.findIndex(({ leads }) => leads === true);
  const unused = async () => {
    throw new Error("a plan changes nothing");
  };
  return (endpoints) => {
    opened.push(endpoints);
    return {
      members: async ({ isLocal }) => {
        if (!members.some(({ answers = true }) => answers)) throw new EtcdError("unavailable", "connection refused");
        if (agreement !== undefined && isLocal !== true) throw agreement;
        return list;
      },
      status: async (endpoint) => {
        const index = list.findIndex(({ clientUrls }) => clientUrls.includes(endpoint));
        const { answers = true, version = "3.6.8", isLearner = false, ...member } = members[index] ?? { name: "" };
        if (!answers) throw new EtcdError("unavailable", "connection refused");
        return {
          ...{ memberId: String(index + 1), leaderId: leader < 0 ? "" : String(leader + 1), version, isLearner },
          ...{ appliedIndex: 1, databaseBytes: 2 * 1024 ** 2, usedBytes: 1, errors: member.errors ?? [] },
          quotaBytes: member.quotaBytes ?? 2 * 1024 ** 3,
        };
      },
      ...{ addLearner: unused, promote: unused, remove: unused, moveLeader: unused },
      snapshot: () => {
        throw new Error("a plan saves nothing");
      },
      close: () => undefined,
    };
  };
}
