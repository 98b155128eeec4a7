import type { Events } from "../../events/events.ts";
import type { Host } from "../../host/host.ts";
import { clusterConfigurationFromV1beta4 } from "../../kubeadm/config/cluster/cluster-configuration.ts";
import { completeInitConfiguration } from "../../kubeadm/config/init/complete-init-configuration.ts";
import { loadInitConfiguration } from "../../kubeadm/config/init/load-init-configuration.ts";
import { initConfigurationFromV1beta4 } from "../../kubeadm/config/versions/convert-init.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { absolutePath } from "../line/absolute-path.ts";
import { type Surroundings, workingDirectoryOf } from "./machine.ts";

/** The control plane that a file describes or, where `config` is empty, that init would make of this machine. */
export async function configuredNode(
  config: string,
  { host, events, invocation }: { readonly host: Host; readonly events: Events; readonly invocation: Surroundings },
): Promise<ControlPlaneNode> {
  const loading = { detectsCriSocket: false };
  const reading = { ...host, events, signal: invocation.ports.signal };
  const { configuration, cluster } =
    config === ""
      ? await completeInitConfiguration(defaults(), loading, reading)
      : await loadInitConfiguration(absolutePath(config, workingDirectoryOf(invocation)), loading, reading);
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
