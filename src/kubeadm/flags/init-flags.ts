import type { PathBase } from "../../host/path-from.ts";
import type { ClusterConfigurationV1beta4 } from "../config/cluster/cluster-configuration.ts";
import { defaultTokenTtlMs } from "../config/fields/bootstrap-token.ts";
import type { InitConfigurationV1beta4, WireToken } from "../config/versions/convert-init.ts";
import { adminKubeconfigPath, defaultCertificatesDirectory, kubernetesDirectory } from "../paths.ts";
import { kubernetesVersion } from "../version.ts";
import { type CommandLine, commandFlagNames, type FlagTableFor, type GivenValues } from "./flag-table.ts";
import { criSocket, dryRun, ignoreChecksOfNewNode, nodeName, patches, skipPhases, wait } from "./shared-flags.ts";

/** The configuration that the flags of an init set: two documents, and the one bootstrap token. */
export interface ConfigurationOfInit {
  readonly InitConfiguration?: Omit<InitConfigurationV1beta4, "bootstrapTokens">;
  readonly ClusterConfiguration?: ClusterConfigurationV1beta4;
  readonly BootstrapToken?: WireToken;
}

/** A flag of the control-plane phases only. */
const extraArguments = (component: string, field: string) =>
  ({
    type: "arguments",
    usage: `Extra arguments for the ${component}, in the form name=value.`,
    hidden: true,
    deprecated: `use 'ClusterConfiguration.${field}.extraArgs' instead. This flag will be removed in a future version`,
    phasesOnly: true,
    offers: "nothing",
  }) as const;

/** The flags of `kubeadm init` and of its phases; names, types and defaults are upstream's. */
export const initFlags = {
  apiserverAdvertiseAddress: {
    type: "string",
    usage: "IP address that this node's API server advertises. Default: the address of the default route's interface.",
    field: "InitConfiguration.localAPIEndpoint.advertiseAddress",
    offers: "nothing",
  },
  apiserverBindPort: {
    type: "int32",
    default: 6443,
    usage: "Port that this node's API server listens on.",
    field: "InitConfiguration.localAPIEndpoint.bindPort",
    offers: ["6443"],
  },
  apiserverCertExtraSans: {
    type: "strings",
    usage: "Additional IP addresses and DNS names for the API server's certificate.",
    field: "ClusterConfiguration.apiServer.certSANs",
    offers: "nothing",
  },
  /** Deprecated, like the other extra arguments. */
  apiserverExtraArgs: {
    ...extraArguments("API server", "apiServer"),
    field: "ClusterConfiguration.apiServer.extraArgs",
  },
  certDir: {
    type: "string",
    default: defaultCertificatesDirectory,
    usage: "Directory for the cluster's certificates and keys.",
    field: "ClusterConfiguration.certificatesDir",
    offers: "directories",
  },
  certificateKey: {
    type: "secret",
    usage:
      "Key to encrypt the uploaded certificates with: 64 hexadecimal digits. Default: a random key, if one is needed.",
    field: "InitConfiguration.certificateKey",
    offers: "nothing",
  },
  config: {
    type: "string",
    usage:
      "File with an InitConfiguration, a ClusterConfiguration or both. It can also contain a KubeletConfiguration and a KubeProxyConfiguration.",
    isPath: true,
    offers: "files",
    besideConfig: true,
  },
  controlPlaneEndpoint: {
    type: "string",
    usage:
      "Stable address of the control plane: an IP address or DNS name, optionally with a port. Without it, no further control plane nodes can join the cluster.",
    field: "ClusterConfiguration.controlPlaneEndpoint",
    offers: "nothing",
  },
  /** Deprecated, like the other extra arguments. */
  controllerManagerExtraArgs: {
    ...extraArguments("controller manager", "controllerManager"),
    field: "ClusterConfiguration.controllerManager.extraArgs",
  },
  criSocket: { ...criSocket, field: "InitConfiguration.nodeRegistration.criSocket" },
  dryRun,
  featureGates: {
    type: "string",
    usage:
      "Feature gates of kubeadm, as a list of key=value pairs. The only one, RootlessControlPlane=true|false (ALPHA - default=false), is not supported by this program.",
    offers: ["RootlessControlPlane=true", "RootlessControlPlane=false"],
  },
  ignorePreflightErrors: ignoreChecksOfNewNode,
  imageRepository: {
    type: "string",
    default: "registry.k8s.io",
    usage: "Registry and path to pull the images from.",
    field: "ClusterConfiguration.imageRepository",
    offers: ["registry.k8s.io"],
  },
  kubeconfig: {
    type: "string",
    default: adminKubeconfigPath,
    usage: "Kubeconfig file to use for requests to the cluster.",
    isPath: true,
    phasesOnly: true,
    offers: "files",
    besideConfig: true,
  },
  kubeconfigDir: {
    type: "string",
    default: kubernetesDirectory,
    usage: "Directory to write the kubeconfig files to.",
    isPath: true,
    phasesOnly: true,
    offers: "directories",
    besideConfig: true,
  },
  kubernetesVersion: {
    type: "string",
    default: "stable-1",
    usage:
      "Kubernetes version of the cluster. Version labels such as stable-1 are not looked up: they mean this program's own version.",
    field: "ClusterConfiguration.kubernetesVersion",
    offers: [kubernetesVersion, "stable-1"],
  },
  nodeName: { ...nodeName, field: "InitConfiguration.nodeRegistration.name" },
  patches,
  podNetworkCidr: {
    type: "string",
    usage:
      "IP address range for Pods; each node gets a part of it. For dual-stack, pass two ranges separated by a comma.",
    field: "ClusterConfiguration.networking.podSubnet",
    offers: "nothing",
  },
  printManifest: {
    type: "bool",
    usage: "Print the addon's objects instead of creating them in the cluster.",
    phasesOnly: true,
    besideConfig: true,
  },
  /** Deprecated, like the other extra arguments. */
  schedulerExtraArgs: {
    ...extraArguments("scheduler", "scheduler"),
    field: "ClusterConfiguration.scheduler.extraArgs",
  },
  serviceCidr: {
    type: "string",
    default: "10.96.0.0/12",
    usage: "IP address range for Services.",
    field: "ClusterConfiguration.networking.serviceSubnet",
    offers: "nothing",
  },
  serviceDnsDomain: {
    type: "string",
    default: "cluster.local",
    usage: "DNS domain for Services.",
    field: "ClusterConfiguration.networking.dnsDomain",
    offers: "nothing",
  },
  skipCertificateKeyPrint: {
    type: "bool",
    usage: "Do not print the key that encrypts the uploaded certificates.",
    besideConfig: true,
  },
  skipPhases,
  skipTokenPrint: { type: "bool", usage: "Do not print the bootstrap token.", besideConfig: true },
  token: {
    type: "secret",
    usage: "Bootstrap token for other nodes to join with: [a-z0-9]{6}.[a-z0-9]{16}. Default: a random token.",
    field: "BootstrapToken.token",
    offers: "nothing",
  },
  /** Milliseconds; 0: it never expires. */
  tokenTtl: {
    type: "duration",
    default: defaultTokenTtlMs,
    usage: "How long the token is valid, for example 2h. 0: the token never expires.",
    field: "BootstrapToken.ttl",
    offers: ["24h", "0"],
  },
  uploadCerts: {
    type: "bool",
    usage: "Upload the shared certificates and keys, encrypted, to the cluster, so that control plane nodes can join.",
    besideConfig: true,
  },
  wait,
} as const satisfies FlagTableFor<ConfigurationOfInit>;

/**
 * The parsed command line of `kubeadm init` and of its phases, with a field in camelCase for each flag. A field is set if
 * its flag was given, even with an empty value; lists are split at commas.
 */
export interface InitFlags extends GivenValues<typeof initFlags>, CommandLine {
  /** The directory that a relative `patches` is resolved against. */
  readonly workingDirectory?: PathBase;
}

/** Names of the flags of `kubeadm init`, without dashes in front. Its phases accept some of them, and a few more. */
export const initFlagNames = commandFlagNames(initFlags);
