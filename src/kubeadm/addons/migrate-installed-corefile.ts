import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import { changeObject } from "../cluster-objects/change-object.ts";
import { systemNamespace } from "../cluster-objects/rbac.ts";
import { type ClusterWritePorts, writeObjectOnce } from "../cluster-objects/write-objects.ts";
import { type CorefileMigration, migrateCorefile } from "../core-dns/migrate-corefile.ts";
import { coreDnsConfigMap } from "./core-dns-objects.ts";

const name = "coredns";
const corefileKey = "Corefile";

/** cmd/kubeadm/app/phases/addons/dns of upstream. */
const contexts = {
  get: "unable to fetch CoreDNS current installed version and ConfigMap.",
  update: "unable to update the CoreDNS ConfigMap",
};

export interface CorefileChange {
  /** Where warnings say that they come from. */
  readonly area: "addons" | "upgrade/addon";
  /** Tags of CoreDNS: the one that runs, and the one to deploy. */
  readonly current: string;
  readonly next: string;
  /** For a Corefile that is missing. */
  readonly dnsDomain: string;
}

/** Changes the cluster's Corefile for another version of CoreDNS. Returns whether that version can be deployed. */
export async function migrateInstalledCorefile(
  { area, current, next, dnsDomain }: CorefileChange,
  ports: ClusterWritePorts,
): Promise<boolean> {
  const { events } = ports;
  let migration: CorefileMigration | undefined;
  const change = (live: ConfigMap): ConfigMap => {
    const corefile = live.data?.[corefileKey];
    migration = undefined;
    if (corefile === undefined) return live;
    migration = migrateCorefile(corefile, current, next);
    if (migration.corefile === corefile) return live;
    return { ...live, data: { ...live.data, [corefileKey]: migration.corefile, [`${corefileKey}-backup`]: corefile } };
  };
  const map = await changeObject(configMaps, { namespace: systemNamespace, name }, change, ports, contexts);
  if (map === undefined) {
    await writeObjectOnce(configMaps, coreDnsConfigMap(dnsDomain), ports);
    return true;
  }
  if (migration === undefined) {
    const message = `the ConfigMap ${systemNamespace}/${name} has no key "${corefileKey}": it is left unchanged`;
    events.emit("warning", { area, message });
    return true;
  }
  const { from, notes } = migration;
  if (from === "newer") {
    const message = `CoreDNS ${current} is newer than ${next}: the Deployment ${systemNamespace}/${name} is left unchanged`;
    events.emit("warning", { area, message });
    return false;
  }
  if (from === "unknown") {
    const message = `what changes from CoreDNS ${current} to ${next} is unknown: the Corefile is left unchanged. Check its plugins against CoreDNS' release notes on removals`;
    events.emit("warning", { area, message });
  }
  if (notes.length > 0) events.emit("addon.corefile.migrated", { notes });
  return true;
}
