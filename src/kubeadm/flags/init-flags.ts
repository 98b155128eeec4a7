import type { ClusterConfigurationV1beta4 } from "../config/cluster/cluster-configuration.ts";
import { defaultTokenTtlMs } from "../config/fields/bootstrap-token.ts";
import type { InitConfigurationV1beta4, WireToken } from "../config/versions/convert-init.ts";
import { adminKubeconfigPath, defaultCertificatesDirectory, kubernetesDirectory } from "../paths.ts";
import { kubernetesVersion } from "../version.ts";
import { type CommandLine, commandFlagNames, type FlagTableFor, type GivenValues } from "./flag-table.ts";
import { criSocket, dryRun, ignorePreflightErrors, nodeName, patches, skipPhases } from "./shared-flags.ts";

/** What the flags of an init set: two documents, and the one token that is made. */
export interface ConfigurationOfInit {
  readonly InitConfiguration?: Omit<InitConfigurationV1beta4, "bootstrapTokens">;
  readonly ClusterConfiguration?: ClusterConfigurationV1beta4;
  readonly BootstrapToken?: WireToken;
}

/** A flag that only phases of the control plane have. */
const extraArguments = (component: string, field: string) =>
  ({
    type: "arguments",
    usage: `Arguments of the ${component} in the form name=value.`,
    hidden: true,
    deprecated: `use 'ClusterConfiguration.${field}.extraArgs' instead. This flag will be removed in a future version`,
    phasesOnly: true,
    offers: "nothing",
  }) as const;

/** The flags of `kubeadm init` and of its phases; names, types and defaults are upstream's. */
export const initFlags = {
  apiserverAdvertiseAddress: {
    type: "string",
    usage:
      "IP address at which this node's API server is announced. Empty: the address of the default route's interface.",
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
    usage: "Further IP addresses and DNS names that the API server's certificate is to be valid for.",
    field: "ClusterConfiguration.apiServer.certSANs",
    offers: "nothing",
  },
  /** Deprecated, as the other extra arguments are. */
  apiserverExtraArgs: {
    ...extraArguments("API server", "apiServer"),
    field: "ClusterConfiguration.apiServer.extraArgs",
  },
  certDir: {
    type: "string",
    default: defaultCertificatesDirectory,
    usage: "Directory of the cluster's certificates and keys.",
    field: "ClusterConfiguration.certificatesDir",
    offers: "directories",
  },
  certificateKey: {
    type: "secret",
    usage:
      "Key that the uploaded certificates are encrypted with: 64 hexadecimal digits. Empty: a random one where it is needed.",
    field: "InitConfiguration.certificateKey",
    offers: "nothing",
  },
  config: {
    type: "string",
    usage:
      "File with an InitConfiguration, a ClusterConfiguration or both; those of kubelet and kube-proxy may follow.",
    isPath: true,
    offers: "files",
    besideConfig: true,
  },
  controlPlaneEndpoint: {
    type: "string",
    usage:
      "Stable address of the whole control plane: an IP address or DNS name, with or without a port. A cluster without one cannot get further control planes later.",
    field: "ClusterConfiguration.controlPlaneEndpoint",
    offers: "nothing",
  },
  /** Deprecated, as the other extra arguments are. */
  controllerManagerExtraArgs: {
    ...extraArguments("controller manager", "controllerManager"),
    field: "ClusterConfiguration.controllerManager.extraArgs",
  },
  criSocket: { ...criSocket, field: "InitConfiguration.nodeRegistration.criSocket" },
  dryRun,
  featureGates: {
    type: "string",
    usage:
      "Feature gates of kubeadm as a list of key=value. There is one, RootlessControlPlane=true|false (ALPHA - default=false), and this program does not support it.",
    offers: ["RootlessControlPlane=true", "RootlessControlPlane=false"],
  },
  ignorePreflightErrors,
  imageRepository: {
    type: "string",
    default: "registry.k8s.io",
    usage: "Registry and folder that the images come from.",
    field: "ClusterConfiguration.imageRepository",
    offers: ["registry.k8s.io"],
  },
  kubeconfig: {
    type: "string",
    default: adminKubeconfigPath,
    usage: "Kubeconfig to talk to the cluster with.",
    isPath: true,
    phasesOnly: true,
    offers: "files",
    besideConfig: true,
  },
  kubeconfigDir: {
    type: "string",
    default: kubernetesDirectory,
    usage: "Directory that the kubeconfig files are written to.",
    isPath: true,
    phasesOnly: true,
    offers: "directories",
    besideConfig: true,
  },
  kubernetesVersion: {
    type: "string",
    default: "stable-1",
    usage: "Version of the cluster. No server is asked what a label stands for: it is this program's own version.",
    field: "ClusterConfiguration.kubernetesVersion",
    offers: [kubernetesVersion, "stable-1"],
  },
  nodeName: { ...nodeName, field: "InitConfiguration.nodeRegistration.name" },
  patches,
  podNetworkCidr: {
    type: "string",
    usage: "Range of the Pods' IP addresses, of which every node gets a part. Two with a comma for both families.",
    field: "ClusterConfiguration.networking.podSubnet",
    offers: "nothing",
  },
  printManifest: {
    type: "bool",
    usage: "Print the addon's objects, and put nothing into the cluster.",
    phasesOnly: true,
    besideConfig: true,
  },
  /** Deprecated, as the other extra arguments are. */
  schedulerExtraArgs: {
    ...extraArguments("scheduler", "scheduler"),
    field: "ClusterConfiguration.scheduler.extraArgs",
  },
  serviceCidr: {
    type: "string",
    default: "10.96.0.0/12",
    usage: "Range of the Services' IP addresses.",
    field: "ClusterConfiguration.networking.serviceSubnet",
    offers: "nothing",
  },
  serviceDnsDomain: {
    type: "string",
    default: "cluster.local",
    usage: "DNS domain of the Services.",
    field: "ClusterConfiguration.networking.dnsDomain",
    offers: "nothing",
  },
  skipCertificateKeyPrint: {
    type: "bool",
    usage: "Do not show the key that the uploaded certificates are encrypted with.",
    besideConfig: true,
  },
  skipPhases,
  skipTokenPrint: { type: "bool", usage: "Do not show the bootstrap token.", besideConfig: true },
  token: {
    type: "secret",
    usage: "Bootstrap token that other nodes are to join with: [a-z0-9]{6}.[a-z0-9]{16}. Empty: a random one.",
    field: "BootstrapToken.token",
    offers: "nothing",
  },
  /** Milliseconds; 0: it never expires. */
  tokenTtl: {
    type: "duration",
    default: defaultTokenTtlMs,
    usage: "Time until the token is deleted, 2h for one; 0: it is never deleted.",
    field: "BootstrapToken.ttl",
    offers: ["24h", "0"],
  },
  uploadCerts: {
    type: "bool",
    usage: "Put the shared certificates and keys, encrypted, into the cluster for control planes that join.",
    besideConfig: true,
  },
} as const satisfies FlagTableFor<ConfigurationOfInit>;

/**
 * The command line of `kubeadm init` and of its phases, parsed. A field is there if its flag was given, with whatever
 * value; lists have their commas split. `kubeadm init --help` describes the flags.
 */
export interface InitFlags extends GivenValues<typeof initFlags>, CommandLine {
  /** What a relative `patches` is relative to. */
  readonly workingDirectory?: string;
}

/** Flags of `kubeadm init`; its phases accept some of them, and a few more. */
export const initFlagNames = commandFlagNames(initFlags);
