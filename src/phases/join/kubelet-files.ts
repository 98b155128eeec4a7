import { withContext } from "../../errors/kubeadm-error.ts";
import type { Files } from "../../host/host.ts";
import type { ClusterConfiguration } from "../../kubeadm/apis/cluster-configuration.ts";
import type { ClusterState } from "../../kubeadm/cluster-state/read-cluster-state.ts";
import { instanceConfiguration } from "../../kubeadm/kubelet/instance-configuration.ts";
import {
  type KubeletConfiguration,
  withKubeadmDefaults,
  writeKubeletConfiguration,
} from "../../kubeadm/kubelet/kubelet-configuration.ts";
import { kubeletEnvironment } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { withNodeResolver } from "../../kubeadm/kubelet/resolver.ts";
import { applyPatches } from "../../kubeadm/patches/apply-patches.ts";
import { readPatches } from "../../kubeadm/patches/read-patches.ts";
import {
  kubeletConfigurationPath,
  kubeletDirectory,
  kubeletEnvironmentPath,
  kubeletInstanceConfigurationPath,
} from "../../kubeadm/paths.ts";
import { toJson } from "../../kubeadm/yaml/node.ts";
import { readYaml } from "../../kubeadm/yaml/read-yaml.ts";
import type { Run } from "../../workflow/fact.ts";
import type { JoinContext } from "./context.ts";

const fileMode = 0o644;

/** instance-config.yaml, config.yaml and kubeadm-flags.env, in upstream's order and with its words. */
export async function writeKubeletFiles(state: ClusterState, files: Files, run: Run<JoinContext>): Promise<void> {
  const { events } = run;
  const { nodeRegistration, controlPlane } = run.context.options.configuration;
  const { criSocket } = nodeRegistration;
  const hasInstanceConfiguration = keepsSocketOnNode(state.clusterConfiguration);
  await files.makeDirectory(kubeletDirectory, { mode: 0o700 });
  if (hasInstanceConfiguration) {
    events.emit("kubelet.configuration.writing", { path: kubeletInstanceConfigurationPath });
    await files.write(kubeletInstanceConfigurationPath, instanceConfiguration(criSocket), { mode: fileMode });
  }

  const configuration = await kubeletConfiguration(state, files, run);
  const instance = hasInstanceConfiguration ? await readInstance(files) : undefined;
  if (instance !== undefined) {
    const patchType = "application/strategic-merge-patch+json";
    events.emit("patches.applied", { patchType, target: "kubeletconfiguration" });
  }
  const content = writeKubeletConfiguration({ ...configuration, ...instance });
  events.emit("kubelet.configuration.writing", { path: kubeletConfigurationPath });
  await files.write(kubeletConfigurationPath, content, { mode: fileMode });

  events.emit("kubelet.environment.writing", { path: kubeletEnvironmentPath });
  const environment = kubeletEnvironment({
    nodeName: nodeRegistration.name,
    hostname: run.context.host.machine.hostname.trim().toLowerCase(),
    isControlPlane: controlPlane !== undefined,
    taints: nodeRegistration.taints ?? [],
    extraArguments: nodeRegistration.kubeletExtraArgs,
    ...(hasInstanceConfiguration ? {} : { containerRuntimeEndpoint: criSocket }),
  });
  await files.write(kubeletEnvironmentPath, environment, { mode: fileMode });
}

async function kubeletConfiguration(
  state: ClusterState,
  files: Files,
  run: Run<JoinContext>,
): Promise<KubeletConfiguration> {
  const { events, signal } = run;
  const { services } = run.context.host;
  const { certificatesDir, networking } = state.clusterConfiguration;
  const facts = {
    certificatesDirectory: certificatesDir,
    serviceSubnet: networking.serviceSubnet,
    dnsDomain: networking.dnsDomain,
  };
  const defaulted = withKubeadmDefaults(state.kubeletConfiguration, facts, events);
  const resolved = await withNodeResolver(defaulted, { services, events, signal });
  const { patchesDirectory } = run.context.options;
  if (patchesDirectory === undefined) return resolved;
  try {
    const patches = await readPatches(patchesDirectory, { files, events });
    return applyPatches("kubeletconfiguration", resolved, patches, { events });
  } catch (error) {
    throw withContext(error, "could not apply patches to the KubeletConfiguration");
  }
}

/** Read back from the disk, as the kubelet of this machine might have been given more by hand. */
async function readInstance(files: Files): Promise<KubeletConfiguration> {
  const value = toJson(readYaml(await files.readText(kubeletInstanceConfigurationPath)));
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as KubeletConfiguration) : {};
}

/** Clusters up to 1.36 could switch the gate off and keep the socket in the kubelet's flags and the Node's annotation. */
function keepsSocketOnNode(configuration: ClusterConfiguration): boolean {
  return configuration.featureGates["NodeLocalCRISocket"] !== false;
}
