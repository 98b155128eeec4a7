import { defaultEtcdDataDirectory, etcdManifestPath } from "../../kubeadm/paths.ts";
import { patches } from "../patches.ts";
import { defineJoinPhase, joinsAsControlPlane } from "./context.ts";
import { controlPlaneNode } from "./facts.ts";
import { joinEtcd, joinEtcdDryRun } from "./join-etcd-member.ts";

/**
 * Runs after kubelet-start, so that the kubelet starts the member as soon as it is in the list, and before the
 * kubelet's bootstrap, which needs the API server of this machine.
 */
export const etcdJoin = defineJoinPhase({
  name: "etcd-join",
  summary: "Join etcd for control plane nodes",
  description: `Add this machine to the cluster's stacked etcd: add a learner, write its static Pod manifest to ${etcdManifestPath}, wait until it has caught up, and promote it to a voting member. Does nothing if etcd is external.`,
  example: `  # Join etcd, as kubeadm join --control-plane does
  kubeadm join phase etcd-join --control-plane`,
  flags: ["apiserver-advertise-address", "config", "control-plane", "dry-run", "node-name", "patches"],
  writes: [defaultEtcdDataDirectory, etcdManifestPath, "members of etcd"],
  // The member and its data are found again: see addMember().
  resumption: "continue",
  when: joinsAsControlPlane,
  reads: { node: controlPlaneNode },
  async run({ node }, run) {
    const { etcd } = node.cluster;
    if ("external" in etcd) return run.events.emit("etcd.external", {});
    const values = { node, patches: await run.value(patches) };
    await joinEtcd(values, etcd.local.dataDir, run);
  },
  async dryRun({ node }, run) {
    const { etcd } = node.cluster;
    if ("external" in etcd) return run.events.emit("etcd.external", {});
    const values = { node, patches: await run.value(patches) };
    await joinEtcdDryRun(values, etcd.local.dataDir, run);
  },
});
