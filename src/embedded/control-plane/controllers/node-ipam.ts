import { at, fieldsAt, stringAt } from "../apiserver/objects.ts";
import { resources } from "../apiserver/resource-names.ts";
import { addressAt } from "../subnet.ts";
import { type Controller, type ControllerContext, reconciler } from "./reconciler.ts";

/** kubeadm leaves --node-cidr-mask-size at 24 for IPv4 and 64 for IPv6. */
const maskSize = (subnet: string) => (subnet.includes(":") ? 64 : 24);

/** Assigns every Node its part of the Pod network, and the annotation of the controller that sets Nodes' TTL. */
export function nodeIpam(context: ControllerContext, podSubnet: string): Controller {
  const { storage } = context;
  return reconciler(context, {
    name: "nodeipam",
    watches: [resources.nodes],
    keysOf: ({ current }) => (current === undefined ? [] : [current.metadata.name]),
    initialKeys: () => storage.list(resources.nodes).map(({ metadata }) => metadata.name),
    reconcile: async (name) => {
      const node = storage.get(resources.nodes, { name });
      if (node === undefined || at(node, "spec", "podCIDR") !== undefined) return undefined;
      const podCIDR = freeBlock(context, podSubnet);
      storage.update(resources.nodes, { name }, {}, (current) => ({
        ...current,
        metadata: {
          ...current.metadata,
          annotations: { ...current.metadata.annotations, "node.alpha.kubernetes.io/ttl": "0" },
        },
        spec: { ...fieldsAt(current, "spec"), podCIDR, podCIDRs: [podCIDR] },
      }));
      return undefined;
    },
  });
}

function freeBlock({ storage }: ControllerContext, podSubnet: string): string {
  const used = new Set(storage.list(resources.nodes).map((node) => stringAt(node, "spec", "podCIDR")));
  const size = maskSize(podSubnet);
  const addresses = 2 ** ((podSubnet.includes(":") ? 128 : 32) - size);
  const blocks = 2 ** (size - Number(podSubnet.split("/")[1]));
  for (let index = 0; index < blocks; index++) {
    const block = `${addressAt(podSubnet, index * addresses)}/${size}`;
    if (!used.has(block)) return block;
  }
  throw new Error(`no block of ${podSubnet} is left for another node`);
}
