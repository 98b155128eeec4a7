import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import { defined } from "../../values/defined.ts";
import type { ComponentConfigurations } from "../component-configs/component-configurations.ts";
import { adminKubeconfigPath, kubernetesDirectory } from "../paths.ts";
import { requireBindableAddress } from "./advertise-address.ts";
import { parseBootstrapToken } from "./bootstrap-token.ts";
import { type ClusterConfiguration, clusterConfigurationFromV1beta4 } from "./cluster-configuration.ts";
import { completeInitConfiguration, type WrittenInit } from "./complete-init-configuration.ts";
import type { ConfigurationPorts } from "./complete-join-configuration.ts";
import { type FeatureGates, parseFeatureGates, requireRootfulControlPlane } from "./feature-gates.ts";
import { ignoredChecks } from "./ignored-checks.ts";
import type { InitConfiguration } from "./init-configuration.ts";
import { initConfigurationFromV1beta4 } from "./init-conversion.ts";
import { flagsMixedWithConfig } from "./join-flags.ts";
import { loadInitConfiguration } from "./load-init-configuration.ts";
import type { Arg } from "./node-registration.ts";
import { withNodeName } from "./override-node-name.ts";

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
  readonly workingDirectory?: string;
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
  /** Deprecated flags of `init phase control-plane`. */
  readonly apiserverExtraArgs?: readonly Arg[];
  readonly controllerManagerExtraArgs?: readonly Arg[];
  readonly schedulerExtraArgs?: readonly Arg[];
  /** Names of all flags that were given, global ones included, without dashes. */
  readonly given: readonly string[];
  /** Names of all flags that the command has: phases have fewer than `init`. */
  readonly accepted: readonly string[];
}

/** Flags of `kubeadm init`; its phases accept some of them, and a few more. */
export const initFlagNames = [
  "apiserver-advertise-address",
  "apiserver-bind-port",
  "apiserver-cert-extra-sans",
  "cert-dir",
  "certificate-key",
  "config",
  "control-plane-endpoint",
  "cri-socket",
  "dry-run",
  "feature-gates",
  "ignore-preflight-errors",
  "image-repository",
  "kubernetes-version",
  "node-name",
  "patches",
  "pod-network-cidr",
  "service-cidr",
  "service-dns-domain",
  "skip-certificate-key-print",
  "skip-phases",
  "skip-token-print",
  "token",
  "token-ttl",
  "upload-certs",
] as const;

/** Everything that an init was told, resolved from command line, configuration file and this machine. */
export interface InitOptions {
  readonly configuration: InitConfiguration;
  readonly cluster: ClusterConfiguration;
  readonly components: ComponentConfigurations;
  readonly dryRun: boolean;
  /** What a run writes goes to a directory of its own: a dry run is meant by the flag or by the file. */
  readonly needsDryRunDirectory: boolean;
  readonly skipPhases: readonly string[];
  /** As it was given. */
  readonly patchesDirectory?: string;
  /** What a relative patchesDirectory is relative to. */
  readonly workingDirectory?: string;
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

/** Resolves what the command line and the file say, in upstream's order (cmd/init.go, newInitData). */
export async function resolveInitOptions(flags: InitFlags, ports: ConfigurationPorts): Promise<InitOptions> {
  const featureGates = parseFeatureGates(flags.featureGates ?? "");
  requireUnmixed(flags);
  const token = flags.token === undefined || flags.token.reveal() === "" ? undefined : flags.token;
  if (token !== undefined) parseBootstrapToken(token);
  const loading = { detectsCriSocket: flags.accepted.includes("cri-socket") };
  const resolved =
    flags.config === undefined || flags.config === ""
      ? await completeInitConfiguration(initFromFlags(flags, featureGates), loading, ports)
      : await loadInitConfiguration(flags.config, loading, ports);
  const ignorePreflightErrors = ignoredChecks(
    flags.ignorePreflightErrors ?? [],
    resolved.configuration.nodeRegistration.ignorePreflightErrors,
  );
  const configuration = flags.nodeName ? withNodeName(resolved.configuration, flags.nodeName) : resolved.configuration;
  requireBindableAddress(configuration.localAPIEndpoint.advertiseAddress);
  requireRootfulControlPlane(resolved.cluster.featureGates);
  const addons = agreeOnAddons(resolved.cluster, skippedPhases(flags, configuration));
  const patchesDirectory = flags.patches || configuration.patches?.directory;
  return {
    configuration,
    ...addons,
    components: resolved.components,
    dryRun: flags.dryRun ?? configuration.dryRun,
    needsDryRunDirectory: (flags.dryRun ?? false) || configuration.dryRun,
    ...(patchesDirectory === undefined || patchesDirectory === "" ? {} : { patchesDirectory }),
    ...defined({ workingDirectory: flags.workingDirectory }),
    ignorePreflightErrors,
    uploadCerts: flags.uploadCerts ?? false,
    skipTokenPrint: flags.skipTokenPrint ?? false,
    skipCertificateKeyPrint: flags.skipCertificateKeyPrint ?? false,
    kubeconfigDirectory: flags.kubeconfigDir || kubernetesDirectory,
    kubeconfigPath: flags.kubeconfig || adminKubeconfigPath,
    printManifest: flags.printManifest ?? false,
  };
}

/** The flag counts, or else the file: they are not united. */
function skippedPhases(flags: InitFlags, configuration: InitConfiguration): readonly string[] {
  const fromFlag = flags.skipPhases ?? [];
  return fromFlag.length > 0 ? fromFlag : configuration.skipPhases;
}

const addonPhases = { dns: "addon/coredns", proxy: "addon/kube-proxy" } as const;

/** An addon whose phase is skipped counts as disabled in what is uploaded, and the phase of a disabled one is skipped. */
function agreeOnAddons(
  cluster: ClusterConfiguration,
  skipPhases: readonly string[],
): Pick<InitOptions, "cluster" | "skipPhases"> {
  const isSkipped = (phase: string) => skipPhases.includes("addon") || skipPhases.includes(phase);
  const disabled = {
    dns: cluster.dns.disabled || isSkipped(addonPhases.dns),
    proxy: cluster.proxy.disabled || isSkipped(addonPhases.proxy),
  };
  const missing = (["dns", "proxy"] as const).filter((addon) => disabled[addon] && !isSkipped(addonPhases[addon]));
  return {
    cluster: {
      ...cluster,
      dns: { ...cluster.dns, disabled: disabled.dns },
      proxy: { ...cluster.proxy, disabled: disabled.proxy },
    },
    skipPhases: [...skipPhases, ...missing.map((addon) => addonPhases[addon])],
  };
}

function requireUnmixed(flags: InitFlags): void {
  const mixed = flagsMixedWithConfig(flags.given);
  if (mixed.length === 0) return;
  throw new KubeadmError("USAGE", `can not mix '--config' with arguments [${mixed.join(" ")}]`, {
    details: { flags: mixed },
    remedy: "Put the values of these flags into the configuration file.",
  });
}

function initFromFlags(flags: InitFlags, featureGates: FeatureGates): WrittenInit {
  return {
    configuration: initConfigurationFromV1beta4({
      bootstrapTokens: [
        {
          description: "The default bootstrap token generated by 'kubeadm init'.",
          ...defined({ token: flags.token, ttl: flags.tokenTtl }),
        },
      ],
      nodeRegistration: { name: flags.nodeName ?? "", criSocket: flags.criSocket ?? "" },
      localAPIEndpoint: {
        advertiseAddress: flags.apiserverAdvertiseAddress ?? "",
        bindPort: flags.apiserverBindPort ?? 0,
      },
      ...defined({ certificateKey: flags.certificateKey }),
    }),
    cluster: clusterConfigurationFromV1beta4({
      featureGates,
      networking: {
        serviceSubnet: flags.serviceCidr ?? "",
        podSubnet: flags.podNetworkCidr ?? "",
        dnsDomain: flags.serviceDnsDomain ?? "",
      },
      kubernetesVersion: flags.kubernetesVersion ?? "",
      controlPlaneEndpoint: flags.controlPlaneEndpoint ?? "",
      certificatesDir: flags.certDir ?? "",
      imageRepository: flags.imageRepository ?? "",
      apiServer: { certSANs: flags.apiserverCertExtraSans ?? [], extraArgs: flags.apiserverExtraArgs ?? [] },
      controllerManager: { extraArgs: flags.controllerManagerExtraArgs ?? [] },
      scheduler: { extraArgs: flags.schedulerExtraArgs ?? [] },
    }),
    hasBothEtcds: false,
    components: {},
  };
}
