import { allEnded } from "../../async/all-ended.ts";
import { holdEvents, silentEvents } from "../../events/events.ts";
import type { Files } from "../../host/host.ts";
import type { ClusterState } from "../../kubeadm/cluster-objects/read-cluster-state.ts";
import { hasRemovedGate } from "../../kubeadm/config/fields/removed-gates.ts";
import { type KubeletConfiguration, withKubeadmDefaults } from "../../kubeadm/kubelet/kubelet-configuration.ts";
import { makeKubeletDirectory } from "../../kubeadm/kubelet/kubelet-directory.ts";
import type { Run } from "../../workflow/fact.ts";
import { patches } from "../patches.ts";
import { nodeResolver } from "../warn-of-kubelet-obstacles.ts";
import { writeKubeletConfigurationFiles, writeKubeletEnvironment } from "../write-kubelet-files.ts";
import type { JoinContext } from "./context.ts";

/**
 * Writes instance-config.yaml, config.yaml and kubeadm-flags.env, with upstream's output and order. Returns the content
 * of config.yaml.
 */
export async function writeKubeletFiles(
  state: ClusterState,
  files: Files,
  run: Run<JoinContext>,
): Promise<KubeletConfiguration> {
  const { events, signal } = run;
  const { services, machine } = run.context.host;
  const { nodeRegistration, controlPlane } = run.context.options.configuration;
  const { criSocket } = nodeRegistration;
  // Without the gate the socket is in the kubelet's flags and the Node's annotation.
  const hasInstanceConfiguration = hasRemovedGate("NodeLocalCRISocket", state.clusterConfiguration);
  const ports = { files, services, events, signal };
  const { certificatesDir, networking } = state.clusterConfiguration;
  const facts = {
    certificatesDirectory: certificatesDir,
    serviceSubnet: networking.serviceSubnet,
    dnsDomain: networking.dnsDomain,
  };
  // What is not as recommended was reported when it was read.
  const configuration = withKubeadmDefaults(state.kubeletConfiguration, facts, silentEvents);
  const environment = {
    nodeName: nodeRegistration.name,
    hostname: machine.hostname.trim().toLowerCase(),
    isControlPlane: controlPlane !== undefined,
    taints: nodeRegistration.taints ?? [],
    extraArguments: nodeRegistration.kubeletExtraArgs,
    ...(hasInstanceConfiguration ? {} : { containerRuntimeEndpoint: criSocket }),
  };
  const options = { configuration, patches: () => run.value(patches), resolver: () => run.value(nodeResolver) };
  await makeKubeletDirectory(files);
  // In parallel; what is said of the last file follows the others.
  const later = holdEvents(events);
  const [written] = await allEnded([
    writeKubeletConfigurationFiles({ ...options, ...(hasInstanceConfiguration ? { criSocket } : {}) }, ports),
    writeKubeletEnvironment(environment, { ...ports, events: later }),
  ]);
  later.release();
  return written;
}
