import type { Events } from "../../events/events.ts";
import type { Host } from "../../host/host.ts";
import { clusterConfigurationFromV1beta4 } from "../../kubeadm/config/cluster/cluster-configuration.ts";
import { completeInitConfiguration } from "../../kubeadm/config/init/complete-init-configuration.ts";
import { loadInitConfiguration } from "../../kubeadm/config/init/load-init-configuration.ts";
import { initConfigurationFromV1beta4 } from "../../kubeadm/config/versions/convert-init.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { absolutePath } from "../line/absolute-path.ts";
import type { Ports } from "../ports.ts";

/** The control plane that a file describes or, where `config` is empty, that init would make of this machine. */
export async function configuredNode(
  config: string,
  { host, events, ports }: { readonly host: Host; readonly events: Events; readonly ports: Ports },
): Promise<ControlPlaneNode> {
  const loading = { detectsCriSocket: false };
  const reading = { ...host, events, signal: ports.signal };
  const { configuration, cluster } =
    config === ""
      ? await completeInitConfiguration(defaults(), loading, reading)
      : await loadInitConfiguration(absolutePath(config, ports.workingDirectory()), loading, reading);
  const { nodeRegistration, localAPIEndpoint, timeouts } = configuration;
  return { nodeRegistration, localAPIEndpoint, cluster, timeouts };
}

function defaults() {
  return {
    configuration: initConfigurationFromV1beta4({}),
    cluster: clusterConfigurationFromV1beta4({}),
    hasBothEtcds: false,
    components: {},
  };
}
