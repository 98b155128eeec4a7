import { ApiStatusError } from "../../cluster/cluster.ts";
import { configMaps } from "../../cluster/resources.ts";
import { deployments, type ServiceObject, services, type WorkloadObject } from "../../cluster/workload-resources.ts";
import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { imageTag } from "../../kubernetes/image-name.ts";
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
import { migrateInstalledCorefile } from "./migrate-installed-corefile.ts";
import { imageOf } from "./workload-image.ts";

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
      const { dnsDomain } = cluster.networking;
      const current = present === undefined ? undefined : imageOf(present, "coredns");
      // The Pods of another version read the Corefile.
      const isDeployed =
        current === undefined ||
        (await migrateInstalledCorefile(
          {
            area: "addons",
            current: imageTag(current),
            next: imageTag(imageOf(wanted, "coredns") ?? image),
            dnsDomain,
          },
          ports,
        ));
      await sideBySide(ports, [
        async (each) => {
          if (current === undefined) await writeObjectOnce(configMaps, coreDnsConfigMap(dnsDomain), each);
        },
        (each) => writeObjects(coreDnsPolicy, each),
        async (each) => {
          if (isDeployed) await writeObject(deployments, wanted, each);
        },
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

/** Treats an address that is in use like an existing Service, because usually that Service uses it. */
async function writeService(service: ServiceObject, ports: ClusterWritePorts): Promise<void> {
  let verb = "create a new";
  const words = { what: "Service kube-system/kube-dns", context: () => `unable to ${verb} DNS service` };
  await persistently(words, ports, async (cluster, signal) => {
    verb = "create a new";
    try {
      return await cluster.create(services, service, { signal });
    } catch (error) {
      const isThere = error instanceof ApiStatusError && (error.reason === "AlreadyExists" || error.status === 422);
      if (!isThere) throw error;
    }
    verb = "create/update the";
    return cluster.update(services, service, { signal });
  });
}
