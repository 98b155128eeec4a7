import { ApiStatusError } from "../../cluster/cluster.ts";
import { deployments, services, type WorkloadObject } from "../../cluster/workload-resources.ts";
import { imageTag } from "../../kubernetes/image-name.ts";
import { findObject } from "../cluster-objects/change-object.ts";
import { alreadyExists } from "../cluster-objects/explain-request-failure.ts";
import { systemNamespace } from "../cluster-objects/rbac.ts";
import { type ClusterWritePorts, persistently, sideBySide } from "../cluster-objects/write-objects.ts";
import type { AddonUpgrade } from "./addon.ts";
import { type CoreDnsOptions, coreDns, defaultReplicas, patchedDeployment, presentDeployment } from "./core-dns.ts";
import { coreDnsDeployment, coreDnsPolicy, dnsService, dnsServiceAddress } from "./core-dns-objects.ts";
import { migrateInstalledCorefile } from "./migrate-installed-corefile.ts";
import { ensureObject, keptImage, upgradeWorkload } from "./upgrade-workload.ts";
import { imageOf } from "./workload-image.ts";

const name = "coredns";

/**
 * Returns the upgrade of the CoreDNS addon. A Deployment that an administrator has removed is not created again; what was
 * edited in it, and in the Corefile, stays, except for lines of the Corefile that the new version refuses.
 */
export function coreDnsUpgrade(options: CoreDnsOptions): AddonUpgrade {
  const addon = coreDns(options);
  return {
    name: addon.name,
    manifest: addon.manifest,
    find: async (ports) => {
      const present = await presentDeployment(ports);
      if (present?.metadata?.name === name) return { upgrade: () => upgrade(present, options, ports) };
      const obstacle =
        present === undefined
          ? `The Deployment ${systemNamespace}/${name} was removed: \`kubeadm init phase addon coredns\` creates it.`
          : `The cluster's DNS server is the Deployment ${systemNamespace}/${present.metadata?.name ?? ""}, which is not kubeadm's.`;
      return { obstacle };
    },
  };
}

async function upgrade(present: WorkloadObject, options: CoreDnsOptions, ports: ClusterWritePorts): Promise<void> {
  const { cluster, image, patches, events } = options;
  const replicas = present.spec.replicas ?? defaultReplicas;
  const wanted = patchedDeployment({ image, replicas }, patches, events);
  const current = imageOf(present, name) ?? "";
  const next = keptImage(present, wanted, name) ?? imageOf(wanted, name) ?? "";
  // The Pods of the new Deployment read the Corefile.
  const isMigrated = await migrateInstalledCorefile(
    {
      area: "upgrade/addon",
      current: imageTag(current),
      next: imageTag(next),
      dnsDomain: cluster.networking.dnsDomain,
    },
    ports,
  );
  await sideBySide(ports, [
    ...coreDnsPolicy.map((object) => (each: ClusterWritePorts) => ensureObject(object, each)),
    (each) => ensureService(dnsServiceAddress(cluster), each),
    async (each) => {
      if (!isMigrated) return;
      const template = (previous: string) => coreDnsDeployment({ image: previous, replicas });
      await upgradeWorkload({ type: deployments, name, wanted, template }, each);
    },
  ]);
}

/** Creates the Service if there is none. Its address may belong to a Service of the administrator's own. */
async function ensureService(address: string, ports: ClusterWritePorts): Promise<void> {
  const service = dnsService(address);
  const reference = { namespace: systemNamespace, name: service.metadata?.name ?? "" };
  if ((await findObject(services, reference, ports)) !== undefined) return;
  const words = {
    what: `Service ${systemNamespace}/${reference.name}`,
    context: () => "unable to create a new DNS service",
  };
  await persistently(words, ports, async (cluster, signal) => {
    try {
      await cluster.create(services, service, { signal });
    } catch (error) {
      if (alreadyExists(error)) return;
      if (!(error instanceof ApiStatusError) || error.status !== 422) throw error;
      const message = `the Service ${systemNamespace}/${reference.name} does not exist, and is not created: ${error.message}`;
      ports.events.emit("warning", { area: "upgrade/addon", message });
    }
  });
}
