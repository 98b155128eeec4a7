import { type Cidr, cidrContains, parseCidr, parseCidrList } from "../../../addresses/cidr.ts";
import { formatIp } from "../../../addresses/ip-address.ts";
import type { NodeObject } from "../../../cluster/resources.ts";
import { parseBool } from "../../../go/bool.ts";
import { counted } from "../../../values/counted.ts";
import { shell } from "../../../values/shell.ts";
import { type CheckOutcome, type DoctorCheck, type DoctorFinding, found, passed, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { unreadReason } from "../facts/answer.ts";
import { clusterConfiguration } from "../facts/cluster-configuration.ts";
import { argumentOf, controlPlane } from "../facts/control-plane.ts";
import { nodeName } from "../facts/node-name.ts";
import { allNodes, ownNode } from "../facts/nodes.ts";

/** The controller manager gives a new Node its range within a second. */
const allocatedMs = 30_000;

export const podRanges: DoctorCheck = {
  name: "pod-ranges",
  group: "cluster",
  title: "Every Node has a Pod CIDR",
  after: ["kube-apiserver-health", "kube-controller-manager", "leader-leases", "admission-webhooks", "node-registered"],
  look: async (examination) => {
    const allocation = await allocationOf(examination);
    if (typeof allocation === "string") return passed(allocation);
    const isControlPlane = (await examination.once(controlPlane)) !== undefined;
    if (isControlPlane) {
      const all = await examination.once(allNodes);
      if (all.state === "found") return outcomeOf(all.value, all.value, allocation, examination);
    }
    const own = await examination.once(ownNode);
    if (own.state !== "found") return skipped(unreadReason(own));
    return outcomeOf([own.value], [], allocation, examination);
  },
};

/** How the controller manager allocates ranges, as far as this machine shows. */
interface Allocation {
  readonly clusterCidrs: readonly Cidr[];
  readonly clusterCidrText: string;
  maskSize(cidr: Cidr): number;
}

/** Returns the allocation, or why there is none: then a Node needs no range. */
async function allocationOf({ once }: Examination): Promise<Allocation | string> {
  const plane = await once(controlPlane);
  const manifest = plane?.manifests["kube-controller-manager"];
  if (manifest?.state === "loaded") return allocationBy((flag) => argumentOf(manifest, flag));
  const stored = await once(clusterConfiguration);
  if (stored.state !== "found") return "whether the controller manager allocates Pod CIDRs is unknown";
  const { networking, controllerManager } = stored.value;
  if (networking.podSubnet === "") return notAllocated;
  // What kubeadm writes into the manifest, unless extraArgs replace it.
  const own: Readonly<Record<string, string>> = {
    "allocate-node-cidrs": "true",
    "cluster-cidr": networking.podSubnet,
  };
  return allocationBy((flag) => controllerManager.extraArgs.findLast(({ name }) => name === flag)?.value ?? own[flag]);
}

const notAllocated = "the controller manager does not allocate Pod CIDRs";

function allocationBy(argument: (flag: string) => string | undefined): Allocation | string {
  if (parseBool(argument("allocate-node-cidrs") ?? "false") !== true) return notAllocated;
  const controllers = (argument("controllers") ?? "*").split(",");
  const isOff = (name: string) => controllers.includes(`-${name}`);
  const isOn =
    controllers.includes("*") || controllers.includes("node-ipam-controller") || controllers.includes("nodeipam");
  if (!isOn || isOff("node-ipam-controller") || isOff("nodeipam")) return notAllocated;
  if ((argument("cidr-allocator-type") ?? "RangeAllocator") !== "RangeAllocator") return notAllocated;
  const clusterCidrText = argument("cluster-cidr") ?? "";
  const size = (flag: string) => {
    const value = Number(argument(flag) ?? "");
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  return {
    clusterCidrs: parseCidrList(clusterCidrText) ?? [],
    clusterCidrText,
    maskSize: ({ network: { family } }) =>
      family === "IPv4"
        ? (size("node-cidr-mask-size-ipv4") ?? size("node-cidr-mask-size") ?? 24)
        : (size("node-cidr-mask-size-ipv6") ?? size("node-cidr-mask-size") ?? 64),
  };
}

/** Judges some Nodes; `known` are all Nodes of the cluster, if they can be seen. */
async function outcomeOf(
  judged: readonly NodeObject[],
  known: readonly NodeObject[],
  allocation: Allocation,
  { clock, once }: Examination,
): Promise<CheckOutcome> {
  const now = clock.now().getTime();
  const own = await once(nodeName);
  const without = judged.filter(
    ({ metadata, spec }) =>
      (spec?.podCIDR ?? "") === "" && !(now - Date.parse(metadata?.creationTimestamp ?? "") < allocatedMs),
  );
  const full = fullRange(known, allocation);
  const findings = without.map((node): DoctorFinding => {
    const name = node.metadata?.name ?? "";
    const isReady = node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
    const why =
      full === undefined
        ? "the controller manager has not allocated one"
        : `the cluster CIDR ${full.text} is exhausted: it has ${counted(full.capacity, "subnet", "subnets")} of /${full.maskSize}, and ${counted(full.used, "Node has", "Nodes have")} one (CIDRNotAvailable)`;
    return {
      // A Pod network that does not use these ranges works without.
      severity: name === own && !isReady ? "error" : "warning",
      finding: `The Node ${name} has no Pod CIDR (spec.podCIDR): ${why}. Pod networks that use it give its Pods no addresses.`,
      evidence: [`--cluster-cidr=${allocation.clusterCidrText}`],
      remedy:
        full === undefined
          ? "The leading controller manager's log and events show the reason."
          : "Decide which Nodes belong to machines that no longer exist: deleting such a Node frees its Pod CIDR. If all are in use, the controller managers of all control planes need a larger --cluster-cidr, or smaller subnets for new Nodes (--node-cidr-mask-size).",
      commands: [
        shell`kubectl get events -A --field-selector reason=CIDRNotAvailable`,
        full === undefined
          ? shell`kubectl -n kube-system logs -l component=kube-controller-manager --tail=50`
          : shell`kubectl get nodes -o custom-columns=NAME:.metadata.name,POD-CIDR:.spec.podCIDR`,
      ],
    };
  });
  return findings.length === 0 ? passed() : found(findings);
}

/** Returns the first of the cluster's ranges that has no part left for another Node. */
function fullRange(nodes: readonly NodeObject[], { clusterCidrs, maskSize }: Allocation) {
  const taken = nodes.flatMap(({ spec }) => spec?.podCIDRs ?? []).flatMap((text) => parseCidr(text) ?? []);
  for (const cidr of clusterCidrs) {
    const size = maskSize(cidr);
    const capacity = 2 ** Math.max(0, size - cidr.prefixLength);
    const inside = taken.filter(({ network }) => cidrContains(cidr, network));
    // A Node may have a larger range than new ones get.
    const used = inside.reduce((sum, { prefixLength }) => sum + 2 ** Math.max(0, size - prefixLength), 0);
    if (used >= capacity)
      return { text: `${formatIp(cidr.network)}/${cidr.prefixLength}`, capacity, maskSize: size, used: inside.length };
  }
  return undefined;
}
