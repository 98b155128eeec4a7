// A cluster of the minor version before, and a control plane of it, for commands of `upgrade`.
import { coreDnsDeployment } from "../../../src/kubeadm/addons/core-dns-objects.ts";
import type { GivenEntry, WorldSettings } from "../case.ts";
import { document } from "./configuration-text.ts";

export const clusterVersion = "v1.36.3";

const labels = (component: string) => ({ component, tier: "control-plane" });

function componentPod(component: string, image: string, annotations = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${component}-node-1`, namespace: "kube-system", labels: labels(component), annotations },
    spec: { nodeName: "node-1", containers: [{ name: component, image: `registry.k8s.io/${image}` }] },
  };
}

export interface OldClusterSettings {
  readonly coreDns?: string;
  readonly corefile?: string;
  readonly faults?: NonNullable<WorldSettings["apiServer"]>["faults"];
  readonly missing?: readonly string[];
  /** Besides what such a cluster has, or in its place. */
  readonly objects?: readonly object[];
}

/** The API server of such a cluster, whose only Node is node-1. */
export function oldCluster({ coreDns = "v1.14.2", corefile, faults, missing, objects = [] }: OldClusterSettings = {}) {
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "node-1",
      labels: { "kubernetes.io/hostname": "node-1", "node-role.kubernetes.io/control-plane": "" },
    },
    // Without a Node that takes Pods, neither program starts the Job of CreateJob, which nothing would run here.
    spec: { unschedulable: true },
    status: { nodeInfo: { kubeletVersion: clusterVersion }, conditions: [{ type: "Ready", status: "True" }] },
  };
  const endpoint = { "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": "192.0.2.10:6443" };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    ...coreDnsDeployment({ image: `registry.k8s.io/coredns/coredns:${coreDns}`, replicas: 2 }),
  };
  const world: WorldSettings = {
    apiServer: {
      version: clusterVersion,
      objects: [
        node,
        componentPod("kube-apiserver", `kube-apiserver:${clusterVersion}`, endpoint),
        componentPod("kube-controller-manager", `kube-controller-manager:${clusterVersion}`),
        componentPod("kube-scheduler", `kube-scheduler:${clusterVersion}`),
        componentPod("etcd", "etcd:3.6.8-0"),
        deployment,
        ...(corefile === undefined ? [] : [configMap("coredns", { Corefile: corefile })]),
        ...objects,
      ],
      ...(faults === undefined ? {} : { faults }),
      ...(missing === undefined ? {} : { missing }),
    },
    containerRuntime: { images: [], podSandboxes: [] },
  };
  return world;
}

export function configMap(name: string, data: Readonly<Record<string, string>>) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "kube-system" }, data };
}

/** Waits of a second, since both programs retry reads of the cluster for a minute. */
export const upgradeFields = {
  "plan.kubernetesVersion": "v1.37.2",
  "plan.printConfig": "true",
  "diff.contextLines": "2",
  "timeouts.kubernetesAPICall": "1300ms",
};

/** What a control plane of that cluster has, besides the tree `control-plane`. */
export const controlPlaneFiles: Readonly<Record<string, GivenEntry>> = {
  "/etc/kubernetes/admin.conf": "<admin.conf>",
  "/etc/kubernetes/kubelet.conf": "<kubelet.conf>",
  "u.yaml": document("UpgradeConfiguration", upgradeFields),
};

/** Each reads the cluster; a phase that finds nothing to do shows what comes before all phases. */
export const upgradeLines: readonly string[] = [
  "upgrade diff --config u.yaml",
  "upgrade plan --config u.yaml",
  "upgrade apply phase post-upgrade v1.37.2 --config u.yaml",
  "upgrade node phase post-upgrade --config u.yaml",
];
