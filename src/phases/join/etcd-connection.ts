import type { EtcdCredentials } from "../../etcd/etcd.ts";
import { readEtcdCredentials } from "../../kubeadm/etcd/etcd-credentials.ts";
import { findEtcdEndpoints } from "../../kubeadm/etcd/etcd-endpoints.ts";
import { type EtcdPorts, type EtcdSession, openEtcd } from "../../kubeadm/etcd/etcd-session.ts";
import type { Fact, Run } from "../../workflow/fact.ts";
import type { JoinContext } from "./context.ts";
import { adminCluster, controlPlaneNode } from "./facts.ts";

/** Where the members of the cluster's etcd listen, according to their Pods. */
const etcdEndpoints: Fact<JoinContext, readonly string[]> = {
  name: "etcd endpoints",
  load: async (run) => {
    const { host, options } = run.context;
    const { kubernetesAPICall: timeoutMs } = options.configuration.timeouts;
    const cluster = await run.value(adminCluster);
    return findEtcdEndpoints({ cluster, clock: host.clock, events: run.events, signal: run.signal, timeoutMs });
  },
};

const etcdCredentials: Fact<JoinContext, EtcdCredentials> = {
  name: "etcd client certificate",
  load: async (run) => {
    const { cluster } = await run.value(controlPlaneNode);
    return readEtcdCredentials(cluster.certificatesDir, run.context.host.files);
  },
};

/** Connects to the cluster's stacked etcd until the phase ends. */
export async function connectedEtcd(run: Run<JoinContext>): Promise<EtcdSession> {
  const [endpoints, credentials] = await Promise.all([run.value(etcdEndpoints), run.value(etcdCredentials)]);
  const { connectEtcd } = run.context;
  const session = await openEtcd({ endpoints, credentials, connectEtcd }, etcdPorts(run));
  run.onPhaseEnd("close the connections to etcd", async () => session.etcd.close());
  return session;
}

export function etcdPorts(run: Run<JoinContext>): EtcdPorts {
  const { host, options } = run.context;
  const { etcdAPICall: timeoutMs } = options.configuration.timeouts;
  return { clock: host.clock, events: run.events, signal: run.signal, timeoutMs };
}
