import { checkEtcdHealth } from "../../kubeadm/etcd/check-etcd-health.ts";
import { defineJoinPhase, joinsAsControlPlane } from "./context.ts";
import { connectedEtcd, etcdPorts } from "./etcd-connection.ts";
import { controlPlaneNode } from "./facts.ts";

/** Checks, before the kubelet is touched, whether the etcd cluster can take this machine as a member. */
export const checkEtcd = defineJoinPhase({
  name: "check-etcd",
  summary: "Check that the cluster's etcd is healthy",
  hidden: true,
  when: joinsAsControlPlane,
  reads: { node: controlPlaneNode },
  async run({ node }, run) {
    const { events } = run;
    if ("external" in node.cluster.etcd) return events.emit("etcd.check.skipped", {});
    events.emit("etcd.checking", {});
    await checkEtcdHealth(await connectedEtcd(run), etcdPorts(run));
  },
  async dryRun({ node }, { events }) {
    if ("external" in node.cluster.etcd) return events.emit("etcd.check.skipped", {});
    events.emit("dryrun.would", { area: "dryrun", action: "check that the etcd cluster is healthy" });
  },
});
