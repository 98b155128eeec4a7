import { ApiStatusError } from "../../cluster/cluster.ts";
import { configMaps } from "../../cluster/resources.ts";
import { deployments, type ServiceObject, services, type WorkloadObject } from "../../cluster/workload-resources.ts";
import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { desired } from "../cluster-objects/desired-object.ts";
import { systemNamespace } from "../cluster-objects/rbac.ts";
import {
  type ClusterWritePorts,
  persistently,
  sideBySide,
  writeObject,
  writeObjectOnce,
  writeObjects,
} from "../cluster-objects/write-objects.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { applyPatches } from "../patches/apply-patches.ts";
import type { Patches } from "../patches/read-patches.ts";
import { type Addon, manifestOf } from "./addon.ts";
import {
  coreDnsConfigMap,
  coreDnsDeployment,
  coreDnsObjects,
  coreDnsPolicy,
  dnsLabels,
  dnsService,
  dnsServiceAddress,
} from "./core-dns-objects.ts";

/** Replicas in a new cluster; a changed number is kept. */
export const defaultReplicas = 2;

export interface CoreDnsOptions {
  readonly cluster: ClusterConfiguration;
  readonly image: string;
  readonly patches: Patches;
  readonly events: Events;
}

/** Returns the CoreDNS addon. An administrator's changes of the Corefile and of the number of replicas are kept. */
export function coreDns({ cluster, image, patches, events }: CoreDnsOptions): Addon {
  const deployment = (replicas: number) => patchedDeployment({ image, replicas }, patches, events);
  const address = dnsServiceAddress(cluster);
  return {
    name: "CoreDNS",
    manifest: () => manifestOf(coreDnsObjects(desired(deployments, deployment(defaultReplicas)), cluster, address)),
    install: async (ports) => {
      const present = await presentDeployment(ports);
      const wanted = deployment(present?.spec.replicas ?? defaultReplicas);
      await sideBySide(ports, [
        (each) => keepOrMakeCorefile({ cluster, image, present }, each),
        (each) => writeObjects(coreDnsPolicy, each),
        (each) => writeObject(deployments, wanted, each),
        (each) => writeService(dnsService(address), each),
      ]);
    },
  };
}

/** Returns the Deployment with patches. */
export function patchedDeployment(
  options: { readonly image: string; readonly replicas: number },
  patches: Patches,
  events: Events,
): WorkloadObject {
  try {
    const deployment = coreDnsDeployment(options);
    // The API server validates what the operator's patches make of the Deployment.
    return applyPatches("corednsdeployment", deployment, patches, { events }) as unknown as WorkloadObject;
  } catch (error) {
    throw withContext(error, "could not apply patches to the CoreDNS Deployment");
  }
}

/** Returns the only Deployment of the DNS addon; undefined if there is none. */
export async function presentDeployment(ports: ClusterWritePorts): Promise<WorkloadObject | undefined> {
  const labelSelector = Object.entries(dnsLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const words = { what: "Deployments of the DNS addon", context: () => "couldn't retrieve DNS addon deployments" };
  const found = await persistently(words, ports, (cluster, signal) =>
    cluster.list(deployments, { namespace: systemNamespace, labelSelector, signal }),
  );
  if (found.length <= 1) return found[0];
  const names = found.map(({ metadata }) => metadata?.name ?? "");
  throw new KubeadmError("DNS_DEPLOYMENTS_AMBIGUOUS", `multiple DNS addon deployments found: ${names.join(", ")}`, {
    details: { deployments: names },
  });
}

/**
 * Creates the Corefile, or keeps an existing one. Upstream migrates it for a newer CoreDNS; here a warning says that it
 * is kept.
 */
async function keepOrMakeCorefile(
  options: {
    readonly cluster: ClusterConfiguration;
    readonly image: string;
    readonly present: WorkloadObject | undefined;
  },
  ports: ClusterWritePorts,
): Promise<void> {
  const { cluster, image, present } = options;
  if (await writeObjectOnce(configMaps, coreDnsConfigMap(cluster.networking.dnsDomain), ports)) return;
  const before = present?.spec.template.spec.containers.find(({ name }) => name === "coredns")?.image;
  const kept = `the Corefile in ConfigMap "coredns" in namespace ${systemNamespace} is kept unchanged`;
  if (before === undefined || before === image) {
    return ports.events.emit("log", { level: 1, area: "addons", message: kept });
  }
  const message = `${kept}, while CoreDNS changes from ${before} to ${image}: check its plugins against CoreDNS' release notes on removals`;
  ports.events.emit("warning", { area: "addons", message });
}

/** Treats an address that is in use like an existing Service, because usually that Service uses it. */
async function writeService(service: ServiceObject, ports: ClusterWritePorts): Promise<void> {
  let verb = "create";
  const words = { what: "Service kube-system/kube-dns", context: () => `unable to ${verb} the DNS service` };
  await persistently(words, ports, async (cluster, signal) => {
    verb = "create";
    try {
      return await cluster.create(services, service, { signal });
    } catch (error) {
      const isThere = error instanceof ApiStatusError && (error.reason === "AlreadyExists" || error.status === 422);
      if (!isThere) throw error;
    }
    verb = "update";
    return cluster.update(services, service, { signal });
  });
}
