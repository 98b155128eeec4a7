// Which versions run on a machine and in a cluster, as an operator sees them.
import { existsSync } from "node:fs";
import { resources, type StoredObject } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine, EmbeddedCluster } from "../../src/embedded/index.ts";
import { storageOf } from "../support/control-plane/stage.ts";

export const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

export type ComponentTags = Readonly<Record<(typeof components)[number], string>>;

/** The image tags in the manifests of a control plane; empty for etcd if it is external. */
export function manifestTags(machine: ClusterMachine): ComponentTags {
  return tagsBy((component) => {
    const path = `/etc/kubernetes/manifests/${component}.yaml`;
    const isExternal = component === "etcd" && !existsSync(machine.root.inside(path));
    return isExternal ? "" : tagIn(machine.read(path));
  });
}

/** The image tags of the mirror Pods of a control plane; empty for a Pod that does not exist or is not Ready. */
export function mirrorTags(cluster: EmbeddedCluster, { hostname }: ClusterMachine): ComponentTags {
  return tagsBy((component) => {
    const key = { namespace: "kube-system", name: `${component}-${hostname}` };
    const pod = storageOf(cluster).get(resources.pods, key);
    return pod !== undefined && isReady(pod) ? tagIn(JSON.stringify(pod["spec"])) : "";
  });
}

export interface ClusterVersions {
  /** Of kubeadm-config. */
  readonly configuration: string;
  readonly coreDns: string;
  readonly kubeProxy: string;
}

export function clusterVersions(cluster: EmbeddedCluster): ClusterVersions {
  const storage = storageOf(cluster);
  const namespace = "kube-system";
  const map = storage.get(resources.configMaps, { namespace, name: "kubeadm-config" });
  return {
    configuration: /kubernetesVersion: (\S+)/.exec(JSON.stringify(map).replaceAll("\\n", "\n"))?.[1] ?? "",
    coreDns: tagIn(JSON.stringify(storage.get(resources.deployments, { namespace, name: "coredns" }) ?? {})),
    kubeProxy: tagIn(JSON.stringify(storage.get(resources.daemonSets, { namespace, name: "kube-proxy" }) ?? {})),
  };
}

/** The annotation kubernetes.io/config.hash of a component's mirror Pod. */
export function mirrorHash(cluster: EmbeddedCluster, { hostname }: ClusterMachine, component: string): string {
  const key = { namespace: "kube-system", name: `${component}-${hostname}` };
  const annotations = storageOf(cluster).get(resources.pods, key)?.metadata.annotations;
  return annotations?.["kubernetes.io/config.hash"] ?? "";
}

function tagsBy(tagOf: (component: string) => string): ComponentTags {
  return Object.fromEntries(components.map((component) => [component, tagOf(component)])) as Record<
    (typeof components)[number],
    string
  >;
}

function tagIn(text: string): string {
  return /registry\.k8s\.io\/[a-z/-]+:([^"\s]+)/.exec(text)?.[1] ?? "";
}

function isReady(pod: StoredObject): boolean {
  const { conditions = [] } = (pod["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
