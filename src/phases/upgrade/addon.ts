import type { AddonUpgrade } from "../../kubeadm/addons/addon.ts";
import type { CoreDnsOptions } from "../../kubeadm/addons/core-dns.ts";
import { type AddonName, isAddonDisabled } from "../../kubeadm/addons/is-addon-disabled.ts";
import { coreDnsUpgrade } from "../../kubeadm/addons/upgrade-core-dns.ts";
import { kubeProxyUpgrade } from "../../kubeadm/addons/upgrade-kube-proxy.ts";
import type { ClusterConfiguration } from "../../kubeadm/config/cluster/cluster-configuration.ts";
import { containerEnvironment, proxyVariables } from "../../kubeadm/control-plane/component-environment.ts";
import { controlPlaneServer } from "../../kubeadm/control-plane/servers.ts";
import { componentImage, coreDnsImage } from "../../kubeadm/images/control-plane-images.ts";
import { olderControlPlanes } from "../../kubeadm/upgrade/versions/older-control-planes.ts";
import { group } from "../../workflow/phase.ts";
import { patches } from "../patches.ts";
import { defineUpgradePhase, isPassedOver, type UpgradeContext, type UpgradeFact, type UpgradeRun } from "./context.ts";
import { clusterWrites, completedComponents, controlPlaneNode, upgradedNode } from "./facts.ts";
import type { UpgradedNode } from "./upgraded-node.ts";

interface AddonPhase {
  readonly name: AddonName;
  readonly summary: string;
  readonly upgradeOf: (cluster: ClusterConfiguration, run: UpgradeRun) => Promise<AddonUpgrade>;
}

/** Control planes that are still to be upgraded, the last of which upgrades the addons. */
const olderOnes: UpgradeFact<readonly string[]> = {
  name: "control planes of the older version",
  load: (run) => findOlder(run, { assumesOwn: false }),
  // A dry run has left this one as it was.
  dryRun: (run) => findOlder(run, { assumesOwn: true }),
};

async function findOlder(run: UpgradeRun, { assumesOwn }: { readonly assumesOwn: boolean }) {
  const { nodeName, cluster } = await run.value(upgradedNode);
  return olderControlPlanes({ cluster, nodeName, assumesOwn }, await clusterWrites(run));
}

function addonPhase({ name, summary, upgradeOf }: AddonPhase) {
  /** Returns the upgrade that is due; undefined, with the reason on the terminal, if there is none. */
  async function due(node: UpgradedNode, run: UpgradeRun): Promise<DueUpgrade | undefined> {
    const { events } = run;
    if (isPassedOver({ area: "addon", what: `the addon/${name} phase` }, run)) return undefined;
    if (isAddonDisabled(name, node.cluster)) {
      events.emit("upgrade.addon.skipped", { addon: name, reason: "The addon is disabled." });
      return undefined;
    }
    const nodes = await run.value(olderOnes);
    if (nodes.length > 0) {
      events.emit("upgrade.addon.waiting", { nodes });
      return undefined;
    }
    const requests = await clusterWrites(run);
    const addonUpgrade = await upgradeOf(node.cluster, run);
    const found = await addonUpgrade.find(requests);
    if ("upgrade" in found) return { ...addonUpgrade, ...found };
    events.emit("upgrade.addon.skipped", { addon: name, reason: found.obstacle });
    return undefined;
  }

  return defineUpgradePhase({
    name,
    summary,
    flags: ["config", "dry-run", "kubeconfig", "patches"],
    writes: [`objects of ${name} in kube-system`],
    reads: { node: upgradedNode },
    async run({ node }, run) {
      const found = await due(node, run);
      if (found === undefined) return;
      await found.upgrade();
      run.events.emit("addon.applied", { addon: found.name });
    },
    async dryRun({ node }, run) {
      const found = await due(node, run);
      if (found === undefined) return;
      const { name: addon, manifest } = found;
      run.events.emit("addon.manifest", { addon, manifest: manifest() });
    },
  });
}

interface DueUpgrade extends Pick<AddonUpgrade, "name" | "manifest"> {
  readonly upgrade: () => Promise<void>;
}

const coreDns = addonPhase({
  name: "coredns",
  summary: "Upgrade CoreDNS",
  upgradeOf: async (cluster, { events, value }) => {
    const options: CoreDnsOptions = { cluster, image: coreDnsImage(cluster), patches: await value(patches), events };
    return coreDnsUpgrade(options);
  },
});

const kubeProxy = addonPhase({
  name: "kube-proxy",
  summary: "Upgrade kube-proxy",
  upgradeOf: async (cluster, { context, events, value }) => {
    const { kubeProxy: configuration } = await value(completedComponents);
    return kubeProxyUpgrade({
      ...{ configuration, patches: await value(patches), events },
      server: controlPlaneServer(await value(controlPlaneNode)),
      image: componentImage(cluster, "kube-proxy"),
      environment: containerEnvironment(proxyVariables(context.host.machine.environment)),
    });
  },
});

/** Upgrades the addons, with the last control plane. */
export const addon = group<UpgradeContext>(
  { name: "addon", summary: "Upgrade CoreDNS and kube-proxy" },
  coreDns,
  kubeProxy,
);
