import type { ClusterConfiguration } from "../../kubeadm/config/cluster/cluster-configuration.ts";
import type { ApiEndpoint } from "../../kubeadm/config/join/join-configuration.ts";
import type { StoredComponents } from "../../kubeadm/upgrade/read-configuration.ts";
import type { JsonValue } from "../../values/json.ts";

/** What the cluster says about this node. */
export interface UpgradedNode {
  readonly nodeName: string;
  /** For `upgrade apply` with the version that the cluster is to have. */
  readonly cluster: ClusterConfiguration;
  /** As the cluster stores them, without defaults. */
  readonly components: StoredComponents;
  readonly criSocket: string;
  /** Only of a control plane. */
  readonly localAPIEndpoint?: ApiEndpoint;
}

/** Returns a node as a journal keeps it. */
export function rememberedNode({ components, ...node }: UpgradedNode): JsonValue {
  const { generated, ...configurations } = components;
  return JSON.parse(JSON.stringify({ ...node, components: { ...configurations, generated: [...generated] } }));
}

/** Returns the node that `rememberedNode` of this version of the program has made. */
export function recalledNode(value: JsonValue | undefined): UpgradedNode | undefined {
  if (value === undefined) return undefined;
  // The journal is protected by a digest, and recalled by the version that has written it.
  const { components, ...node } = value as unknown as UpgradedNode;
  return { ...node, components: { ...components, generated: new Set(components.generated) } };
}
