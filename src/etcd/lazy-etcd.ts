import { started } from "../async/started.ts";
import type { ConnectEtcd, Etcd } from "./etcd.ts";

/** An adapter that is loaded by its first call: most commands never use etcd. */
export function lazyEtcd(load: () => Promise<ConnectEtcd>): ConnectEtcd {
  return (endpoints, credentials) => {
    let opened: Promise<Etcd> | undefined;
    const etcd = () => (opened ??= started(load().then((connect) => connect(endpoints, credentials))));
    return {
      members: async (options) => (await etcd()).members(options),
      addLearner: async (peerUrl, options) => (await etcd()).addLearner(peerUrl, options),
      promote: async (memberId, options) => (await etcd()).promote(memberId, options),
      remove: async (memberId, options) => (await etcd()).remove(memberId, options),
      status: async (endpoint, options) => (await etcd()).status(endpoint, options),
      moveLeader: async (endpoint, memberId, options) => (await etcd()).moveLeader(endpoint, memberId, options),
      snapshot: async function* (endpoint, options) {
        yield* (await etcd()).snapshot(endpoint, options);
      },
      close: () =>
        void opened?.then(
          (each) => each.close(),
          () => undefined,
        ),
    };
  };
}
