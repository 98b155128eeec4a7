import { nodes, type PodObject, pods } from "../../../cluster/resources.ts";
import { imageTag, versionOfTag } from "../../../kubernetes/image-name.ts";
import { presentDeployment } from "../../addons/core-dns.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import { type ClusterWritePorts, persistently } from "../../cluster-objects/write-objects.ts";

/** The Nodes that have each version, in the order in which the API server lists them. */
export type NodesByVersion = ReadonlyMap<string, readonly string[]>;

/** The versions that run in a cluster. */
export interface ClusterVersions {
  readonly apiServers: NodesByVersion;
  readonly controllerManagers: NodesByVersion;
  readonly schedulers: NodesByVersion;
  /** Empty if etcd is external. */
  readonly etcds: NodesByVersion;
  readonly kubelets: NodesByVersion;
  /** Tag of CoreDNS' image; "" if it is not deployed. */
  readonly coreDns: string;
}

/** Reads the versions of all components in parallel. `readTag` returns the tag of CoreDNS' image. */
export async function readClusterVersions(
  readTag: (ports: ClusterWritePorts) => Promise<string>,
  ports: ClusterWritePorts,
): Promise<ClusterVersions> {
  const [versionsOf, kubelets, coreDns] = await Promise.all([
    componentVersions(ports),
    kubeletVersions(ports),
    readTag(ports),
  ]);
  return {
    apiServers: versionsOf("kube-apiserver"),
    controllerManagers: versionsOf("kube-controller-manager"),
    schedulers: versionsOf("kube-scheduler"),
    etcds: versionsOf("etcd"),
    kubelets,
    coreDns,
  };
}

/** Lists the Pods of the control planes, and returns what finds the image tags of one of their components. */
async function componentVersions(ports: ClusterWritePorts): Promise<(component: string) => NodesByVersion> {
  const labelSelector = "tier=control-plane";
  const words = { what: "Pods of the control planes", context: () => "couldn't list pods in cluster" };
  const found = await persistently(words, ports, (cluster, signal) =>
    cluster.list(pods, { namespace: systemNamespace, labelSelector, signal }),
  );
  return (component) =>
    grouped(
      found
        .filter(({ metadata }) => metadata?.labels?.["component"] === component)
        .map((pod) => [versionOf(pod), pod.spec?.nodeName ?? ""]),
    );
}

function versionOf({ spec }: PodObject): string {
  return versionOfTag(imageTag(spec?.containers?.[0]?.image ?? ""));
}

/** Returns the versions of the kubelets, which the Nodes have. */
export async function kubeletVersions(ports: ClusterWritePorts): Promise<NodesByVersion> {
  const words = { what: "Nodes", context: () => "couldn't list all nodes in cluster" };
  const found = await persistently(words, ports, (cluster, signal) => cluster.list(nodes, { signal, inPages: true }));
  return grouped(
    found.map(({ metadata, status }) => [status?.nodeInfo?.["kubeletVersion"] ?? "", metadata?.name ?? ""]),
  );
}

/** Returns the tag of the only Deployment of the DNS addon; "" if there is none. */
export async function coreDnsTag(ports: ClusterWritePorts): Promise<string> {
  return imageTag((await presentDeployment(ports))?.spec.template.spec.containers[0]?.image ?? "");
}

function grouped(pairs: readonly (readonly [version: string, node: string])[]): NodesByVersion {
  const versions = new Map<string, string[]>();
  for (const [version, node] of pairs) {
    const known = versions.get(version);
    if (known === undefined) versions.set(version, [node]);
    else known.push(node);
  }
  return versions;
}
