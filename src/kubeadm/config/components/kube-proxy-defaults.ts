import { parseIp } from "../../../addresses/ip-address.ts";
import type { Events } from "../../../events/events.ts";
import { goQuote } from "../../../go/quote.ts";
import type { JsonObject } from "../../../values/json.ts";

export interface ProxyFacts {
  readonly advertiseAddress: string;
  readonly podSubnet: string;
}

const kubeconfigPath = "/var/lib/kube-proxy/kubeconfig.conf";
const wildcards: readonly string[] = ["0.0.0.0", "::"];

/**
 * Returns a KubeProxyConfiguration in Go's form with kubeadm's defaults (upstream: componentconfigs/kubeproxy.go).
 * Values that differ from the recommended ones are kept, with a warning.
 */
export function withProxyDefaults(configuration: JsonObject, facts: ProxyFacts, events: Events): JsonObject {
  const connection = configuration["clientConnection"] as JsonObject;
  const [bindAddress, clusterCIDR, kubeconfig, mode] = [
    configuration["bindAddress"],
    configuration["clusterCIDR"],
    connection["kubeconfig"],
    configuration["mode"],
  ].map(String) as [string, string, string, string];
  const warn = (message: string) => events.emit("warning", { message });
  const advise = (field: string, wanted: string, given: string) =>
    warn(
      `The recommended value for "${field}" in "KubeProxyConfiguration" is: ${wanted}; the provided value is: ${given}`,
    );
  if (bindAddress !== "" && !wildcards.includes(bindAddress)) {
    if (parseIp(bindAddress) === undefined) {
      warn(`The bindAddress ${goQuote(bindAddress)} in "KubeProxyConfiguration" is not a valid IP address`);
    } else {
      advise("bindAddress", wildcardFor(bindAddress), bindAddress);
    }
  }
  if (clusterCIDR !== "" && facts.podSubnet !== "" && clusterCIDR !== facts.podSubnet) {
    advise("clusterCIDR", facts.podSubnet, clusterCIDR);
  }
  if (kubeconfig !== "" && kubeconfig !== kubeconfigPath) {
    advise("clientConnection.kubeconfig", kubeconfigPath, kubeconfig);
  }
  if (mode === "ipvs") {
    warn(
      'The "KubeProxyConfiguration" field "mode" is set to "ipvs" which has been deprecated since version v1.35. ' +
        'For newer Linux kernel versions, we recommend using the "nftables" mode, which has been GA since v1.33. ' +
        'For older Linux kernel versions, you can use the "iptables" mode which is still the default one.',
    );
  }
  return {
    ...configuration,
    bindAddress: bindAddress || wildcardFor(facts.advertiseAddress),
    clusterCIDR: clusterCIDR || facts.podSubnet,
    clientConnection: { ...connection, kubeconfig: kubeconfig || kubeconfigPath },
    mode: mode || "iptables",
  };
}

function wildcardFor(address: string): string {
  return parseIp(address)?.family === "IPv4" ? "0.0.0.0" : "::";
}
