import type { Secret } from "../../errors/secret.ts";
import type { JsonObject } from "../yaml/node.ts";
import type { ClusterConfiguration } from "./cluster-configuration.ts";
import type { InitConfiguration } from "./init-configuration.ts";

/**
 * The command line of `kubeadm init` and of its phases, parsed. A field is there if its flag was given, with whatever
 * value; lists have their commas split.
 */
export interface InitFlags {
  readonly apiserverAdvertiseAddress?: string;
  readonly apiserverBindPort?: number;
  readonly apiserverCertExtraSans?: readonly string[];
  readonly certDir?: string;
  readonly certificateKey?: Secret;
  readonly config?: string;
  readonly controlPlaneEndpoint?: string;
  readonly criSocket?: string;
  readonly dryRun?: boolean;
  readonly featureGates?: string;
  readonly ignorePreflightErrors?: readonly string[];
  readonly imageRepository?: string;
  readonly kubeconfig?: string;
  readonly kubeconfigDir?: string;
  readonly kubernetesVersion?: string;
  readonly nodeName?: string;
  readonly patches?: string;
  readonly podNetworkCidr?: string;
  readonly serviceCidr?: string;
  readonly serviceDnsDomain?: string;
  readonly skipCertificateKeyPrint?: boolean;
  readonly skipPhases?: readonly string[];
  readonly skipTokenPrint?: boolean;
  readonly token?: Secret;
  /** Milliseconds; 0: it never expires. */
  readonly tokenTtl?: number;
  readonly uploadCerts?: boolean;
  readonly printManifest?: boolean;
  /** Deprecated flags of `init phase control-plane`: name=value pairs. */
  readonly apiserverExtraArgs?: Readonly<Record<string, string>>;
  readonly controllerManagerExtraArgs?: Readonly<Record<string, string>>;
  readonly schedulerExtraArgs?: Readonly<Record<string, string>>;
  /** Names of all flags that were given, global ones included, without dashes. */
  readonly given: readonly string[];
  /** Names of all flags that the command has: phases have fewer than `init`. */
  readonly accepted: readonly string[];
}

/** The configurations of the components that init hands out, completed and as they are uploaded. */
export interface ComponentConfigurations {
  /** kubelet.config.k8s.io/v1beta1 KubeletConfiguration. */
  readonly kubelet: JsonObject;
  /** kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration. */
  readonly kubeProxy: JsonObject;
  /** Kinds that the user wrote himself: kubeadm's own carry a hash, so that an upgrade may replace them. */
  readonly userSupplied: ReadonlySet<"KubeletConfiguration" | "KubeProxyConfiguration">;
}

/** Everything that an init was told, resolved from command line, configuration file and this machine. */
export interface InitOptions {
  readonly configuration: InitConfiguration;
  readonly cluster: ClusterConfiguration;
  readonly components: ComponentConfigurations;
  readonly dryRun: boolean;
  /** What a run writes goes to a directory of its own: a dry run is meant by the flag or by the file. */
  readonly needsDryRunDirectory: boolean;
  readonly skipPhases: readonly string[];
  readonly patchesDirectory?: string;
  /** Lower case, sorted; `all` stands alone. */
  readonly ignorePreflightErrors: readonly string[];
  readonly uploadCerts: boolean;
  readonly skipTokenPrint: boolean;
  readonly skipCertificateKeyPrint: boolean;
  /** `--kubeconfig-dir`, absolute. */
  readonly kubeconfigDirectory: string;
  /** `--kubeconfig`, absolute: with what the phases after wait-control-plane speak when they run alone. */
  readonly kubeconfigPath: string;
  /** `addon … --print-manifest`: show the objects and change nothing. */
  readonly printManifest: boolean;
}
