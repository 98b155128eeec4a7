import type { ConnectEtcd } from "../etcd/etcd.ts";
import type { RunNotes } from "../journal/run-notes.ts";

/** Connects to etcd so that a new member is recorded before etcd is asked to add it. */
export function recordedEtcd(connectEtcd: ConnectEtcd, notes: Pick<RunNotes, "makes">): ConnectEtcd {
  return (endpoints, credentials) => {
    const etcd = connectEtcd(endpoints, credentials);
    return {
      members: (options) => etcd.members(options),
      promote: (memberId, options) => etcd.promote(memberId, options),
      remove: (memberId, options) => etcd.remove(memberId, options),
      status: (endpoint, options) => etcd.status(endpoint, options),
      moveLeader: (endpoint, memberId, options) => etcd.moveLeader(endpoint, memberId, options),
      snapshot: (endpoint, options) => etcd.snapshot(endpoint, options),
      close: () => etcd.close(),
      addLearner: async (peerUrl, options) => {
        await notes.makes({ kind: "EtcdMember", name: peerUrl });
        return etcd.addLearner(peerUrl, options);
      },
    };
  };
}
