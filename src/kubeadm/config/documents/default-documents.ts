import { Secret } from "../../../errors/secret.ts";
import { silentEvents } from "../../../events/events.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { defaultCertificatesDirectory } from "../../paths.ts";
import { kubernetesMinor } from "../../version.ts";
import { clusterConfigurationFromV1beta4 } from "../cluster/cluster-configuration.ts";
import { writeClusterConfiguration } from "../cluster/write-cluster-configuration.ts";
import type { ComponentKind } from "../components/common-fields.ts";
import { completeComponents } from "../components/component-configurations.ts";
import { parseBootstrapToken } from "../fields/bootstrap-token.ts";
import { defaultCriSocket } from "../fields/cri-socket.ts";
import { defaultTimeouts } from "../fields/timeouts.ts";
import { writeInitConfiguration } from "../init/write-init-configuration.ts";
import { writeJoinConfiguration } from "../join/write-join-configuration.ts";
import { upgradeConfigurationV1beta4, withUpgradeDefaults } from "../upgrade/upgrade-configuration.ts";
import { initConfigurationFromV1beta4 } from "../versions/convert-init.ts";
import { joinConfigurationFromV1beta4 } from "../versions/convert-join.ts";
import { v1beta4GroupVersion } from "../versions/v1beta4.ts";
import { timeoutsToWire } from "../versions/wire-form.ts";

/** A well-known token, as placeholder for the user's. */
const placeholderToken = "abcdef.0123456789abcdef";
const placeholderAddress = "1.2.3.4";

/** Returns a complete JoinConfiguration for a machine of this name, with placeholders for required values. */
export function joinDefaults(nodeName: string): string {
  const configuration = joinConfigurationFromV1beta4({
    nodeRegistration: { name: nodeName, criSocket: defaultCriSocket },
    discovery: {
      bootstrapToken: {
        token: new Secret(placeholderToken),
        apiServerEndpoint: "kube-apiserver:6443",
        unsafeSkipCAVerification: true,
      },
    },
  });
  return writeJoinConfiguration(configuration).reveal();
}

/** Returns a complete InitConfiguration and ClusterConfiguration. */
export function initDefaults(): readonly string[] {
  const written = initConfigurationFromV1beta4({
    localAPIEndpoint: { advertiseAddress: placeholderAddress },
    nodeRegistration: { name: "node", criSocket: defaultCriSocket },
  });
  const token = parseBootstrapToken(placeholderToken);
  const bootstrapTokens = written.bootstrapTokens.map(({ text: _, hasExpiration: _unused, ...spec }) => ({
    ...spec,
    token,
  }));
  // Upstream's placeholder: the first release of its minor version.
  const cluster = clusterConfigurationFromV1beta4({ kubernetesVersion: `1.${kubernetesMinor}.0` });
  return [writeInitConfiguration({ ...written, bootstrapTokens }).reveal(), writeClusterConfiguration(cluster)];
}

/** Returns kubeadm's default configuration of the component, with every field that its type always writes. */
export function componentDefaults(kind: ComponentKind): string {
  // Without user values no warning can occur, so events are dropped.
  const { kubelet, kubeProxy } = completeComponents(
    {},
    clusterConfigurationFromV1beta4({}),
    placeholderAddress,
    silentEvents,
  );
  return writeYaml(kind === "KubeletConfiguration" ? kubelet : kubeProxy);
}

export function resetDefaults(): string {
  return writeYaml({
    apiVersion: v1beta4GroupVersion,
    kind: "ResetConfiguration",
    certificatesDir: defaultCertificatesDirectory,
    criSocket: defaultCriSocket,
    timeouts: timeoutsToWire(defaultTimeouts),
  });
}

export function upgradeDefaults(): string {
  return writeYaml({
    ...withUpgradeDefaults(upgradeConfigurationV1beta4.zero),
    apiVersion: v1beta4GroupVersion,
    kind: "UpgradeConfiguration",
  });
}
