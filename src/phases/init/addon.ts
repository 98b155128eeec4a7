import { silentEvents } from "../../events/events.ts";
import type { Addon } from "../../kubeadm/addons/addon.ts";
import { coreDns } from "../../kubeadm/addons/core-dns.ts";
import { type AddonName, isAddonDisabled } from "../../kubeadm/addons/is-addon-disabled.ts";
import { kubeProxy } from "../../kubeadm/addons/kube-proxy.ts";
import { containerEnvironment, proxyVariables } from "../../kubeadm/control-plane/component-environment.ts";
import { controlPlaneServer, warnOfEndpointPort } from "../../kubeadm/control-plane/servers.ts";
import { componentImage, coreDnsImage } from "../../kubeadm/images/control-plane-images.ts";
import type { Run } from "../../workflow/fact.ts";
import { group } from "../../workflow/phase.ts";
import { patches } from "../patches.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { clusterWrites, controlPlaneNode, issuance } from "./facts.ts";

const coreDnsFlags = [
  "config",
  "dry-run",
  "feature-gates",
  "image-repository",
  "kubeconfig",
  "kubernetes-version",
  "service-cidr",
  "service-dns-domain",
];
const kubeProxyFlags = [
  "apiserver-advertise-address",
  "apiserver-bind-port",
  "config",
  "control-plane-endpoint",
  "dry-run",
  "image-repository",
  "kubeconfig",
  "kubernetes-version",
  "pod-network-cidr",
];

const installCoreDns = defineInitPhase({
  name: "coredns",
  summary: "Install the CoreDNS addon to a Kubernetes cluster",
  description:
    "Install CoreDNS, the DNS server of the cluster. Its Pods are not scheduled until a Pod network is installed. An existing Corefile and number of replicas are kept.",
  flags: [...coreDnsFlags, "print-manifest"],
  writes: ["objects of CoreDNS in kube-system"],
  when: { describe: "dns is not disabled", holds: async (run) => isWanted("coredns", run) },
  reads: {},
  async run(_values, run) {
    const { cluster } = run.context.options;
    const events = patchEvents(run);
    await apply(coreDns({ cluster, image: coreDnsImage(cluster), patches: await run.value(patches), events }), run);
  },
});

const installKubeProxy = defineInitPhase({
  name: "kube-proxy",
  summary: "Install the kube-proxy addon to a Kubernetes cluster",
  description: "Install kube-proxy, which makes Services work on every node.",
  flags: [...kubeProxyFlags, "print-manifest"],
  writes: ["objects of kube-proxy in kube-system"],
  when: { describe: "proxy is not disabled", holds: async (run) => isWanted("kube-proxy", run) },
  reads: { node: controlPlaneNode },
  async run({ node }, run) {
    const { options, host } = run.context;
    const { cluster, components } = options;
    warnOfEndpointPort(node, { events: run.events, warned: (await run.value(issuance)).warned });
    const addon = kubeProxy({
      configuration: components.kubeProxy,
      isUserSupplied: components.userSupplied.has("KubeProxyConfiguration"),
      server: controlPlaneServer(node),
      image: componentImage(cluster, "kube-proxy"),
      environment: containerEnvironment(proxyVariables(host.machine.environment)),
      patches: await run.value(patches),
      events: patchEvents(run),
    });
    await apply(addon, run);
  },
});

export const addon = group<InitContext>(
  {
    name: "addon",
    summary: "Install required addons for passing conformance tests",
    all: { summary: "Install all the addons" },
    flags: [...new Set([...coreDnsFlags, ...kubeProxyFlags])],
  },
  installCoreDns,
  installKubeProxy,
);

/** A user who runs the phase alone wants the addon, even if the configuration disables it. */
async function isWanted(name: AddonName, { context }: Run<InitContext>): Promise<boolean> {
  return context.only !== undefined || !isAddonDisabled(name, context.options.cluster);
}

/** Keeps the output about patches out of the manifest, which a user may pipe to another program. */
function patchEvents({ context, events }: Run<InitContext>) {
  return context.options.printManifest ? silentEvents : events;
}

async function apply(chosen: Addon, run: Run<InitContext>): Promise<void> {
  if (run.context.options.printManifest) {
    return run.events.emit("addon.manifest", { addon: chosen.name, manifest: chosen.manifest() });
  }
  await chosen.install(await clusterWrites(run));
  run.events.emit("addon.applied", { addon: chosen.name });
}
