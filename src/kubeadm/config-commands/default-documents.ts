import { Secret } from "../../errors/secret.ts";
import { defaultCriSocket } from "../apis/cri-socket.ts";
import { formatDuration } from "../apis/duration.ts";
import { joinConfigurationFromV1beta4 } from "../apis/join-conversion.ts";
import { defaultTimeouts } from "../apis/timeouts.ts";
import { defaultTokenGroup, defaultTokenTtlMs, tokenUsages } from "../apis/token-defaults.ts";
import { v1beta4GroupVersion } from "../apis/v1beta4.ts";
import { writeJoinConfiguration } from "../apis/write-join-configuration.ts";
import { defaultCertificatesDirectory, defaultEtcdDataDirectory } from "../paths.ts";
import { type WritableMap, writeYaml } from "../yaml/write-yaml.ts";

/** A token that everybody knows: it stands where one has to be filled in. */
export const placeholderToken = "abcdef.0123456789abcdef";

const timeouts = Object.fromEntries(
  Object.entries(defaultTimeouts).map(([name, milliseconds]) => [name, formatDuration(milliseconds)]),
);

/** A complete JoinConfiguration for a machine of this name; what has to be filled in has a placeholder. */
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

/** A complete InitConfiguration and ClusterConfiguration. */
export function initDefaults(): readonly string[] {
  return [writeYaml(initConfiguration), writeYaml(clusterConfiguration)];
}

export function resetDefaults(): string {
  return writeYaml({
    apiVersion: v1beta4GroupVersion,
    kind: "ResetConfiguration",
    certificatesDir: defaultCertificatesDirectory,
    criSocket: defaultCriSocket,
    timeouts,
  });
}

export function upgradeDefaults(): string {
  const steps = { certificateRenewal: true, etcdUpgrade: true, imagePullPolicy: "IfNotPresent", imagePullSerial: true };
  return writeYaml({
    apiVersion: v1beta4GroupVersion,
    kind: "UpgradeConfiguration",
    apply: steps,
    diff: {},
    node: steps,
    plan: { etcdUpgrade: true },
    timeouts,
  });
}

const initConfiguration: WritableMap = {
  apiVersion: v1beta4GroupVersion,
  kind: "InitConfiguration",
  bootstrapTokens: [
    {
      groups: [defaultTokenGroup],
      token: placeholderToken,
      ttl: formatDuration(defaultTokenTtlMs),
      usages: tokenUsages,
    },
  ],
  localAPIEndpoint: { advertiseAddress: "1.2.3.4", bindPort: 6443 },
  nodeRegistration: {
    criSocket: defaultCriSocket,
    imagePullPolicy: "IfNotPresent",
    imagePullSerial: true,
    name: "node",
    taints: null,
  },
  timeouts,
};

const clusterConfiguration: WritableMap = {
  apiVersion: v1beta4GroupVersion,
  kind: "ClusterConfiguration",
  apiServer: {},
  caCertificateValidityPeriod: "87600h0m0s",
  certificateValidityPeriod: "8760h0m0s",
  certificatesDir: defaultCertificatesDirectory,
  clusterName: "kubernetes",
  controllerManager: {},
  dns: {},
  encryptionAlgorithm: "RSA-2048",
  etcd: { local: { dataDir: defaultEtcdDataDirectory } },
  imageRepository: "registry.k8s.io",
  // Upstream's placeholder: the first release of its own minor version.
  kubernetesVersion: "1.37.0",
  networking: { dnsDomain: "cluster.local", serviceSubnet: "10.96.0.0/12" },
  proxy: {},
  scheduler: {},
};
