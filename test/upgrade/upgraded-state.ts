// What an upgrade leaves on a machine and in the cluster, with everything taken out that is new in every run.
import { resources } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine, EmbeddedCluster } from "../../src/embedded/index.ts";
import { storageOf } from "../support/control-plane/stage.ts";
import { type EndState, endState } from "../support/interruption/end-state.ts";
import { clusterVersions, manifestTags, mirrorTags } from "./cluster-versions.ts";

export interface UpgradedState extends EndState {
  /** Key → versions, contents and the like. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** ConfigMaps that an upgrade writes. */
const maps = ["kubeadm-config", "kubelet-config", "kube-proxy", "coredns"] as const;

/** Undefined while no API server runs. */
export function upgradedState(cluster: EmbeddedCluster, machine: ClusterMachine): UpgradedState | undefined {
  if (cluster.storage() === undefined) return undefined;
  const state = endState(cluster, machine, []);
  const storage = storageOf(cluster);
  const isControlPlane = cluster.etcdMembers().some(({ name }) => name === machine.hostname);
  return {
    ...state,
    // How many attempts there were is seen by their backups alone.
    tree: [...new Set(state.tree.map(withoutTimes))].toSorted(),
    objects: state.objects.filter((object) => !object.startsWith("jobs ")),
    facts: {
      ...clusterVersions(cluster),
      ...(isControlPlane ? { manifests: manifestTags(machine), pods: mirrorTags(cluster, machine) } : {}),
      ...Object.fromEntries(
        maps.map((name) => [name, storage.get(resources.configMaps, { namespace: "kube-system", name })?.["data"]]),
      ),
    },
  };
}

/** Names with the time of an attempt; the second attempt of one second has a number, and so has its snapshot. */
function withoutTimes(line: string): string {
  return line.replace(/\d{4}(-\d\d){5}(-\d+)?/g, "<time>").replace(/snapshot-\d+\.db$/, "snapshot.db");
}
