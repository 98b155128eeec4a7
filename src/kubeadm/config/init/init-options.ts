import type { PathBase } from "../../../host/path-from.ts";
import { defined } from "../../../values/defined.ts";
import { configuredByFlags, flagsByName } from "../../flags/flag-table.ts";
import { type ConfigurationOfInit, type InitFlags, initFlags } from "../../flags/init-flags.ts";
import { requireUnmixed } from "../../flags/mixed-flags.ts";
import { adminKubeconfigPath, kubernetesDirectory } from "../../paths.ts";
import { type ClusterConfiguration, clusterConfigurationFromV1beta4 } from "../cluster/cluster-configuration.ts";
import type { ComponentConfigurations } from "../components/component-configurations.ts";
import { requireBindableAddress } from "../fields/advertise-address.ts";
import { parseBootstrapToken } from "../fields/bootstrap-token.ts";
import { type FeatureGates, parseFeatureGates, requireRootfulControlPlane } from "../fields/feature-gates.ts";
import { ignoredChecks } from "../fields/ignored-checks.ts";
import { withNodeName } from "../fields/node-registration.ts";
import type { ConfigurationPorts } from "../join/complete-join-configuration.ts";
import { initConfigurationFromV1beta4 } from "../versions/convert-init.ts";
import { completeInitConfiguration, type WrittenInit } from "./complete-init-configuration.ts";
import type { InitConfiguration } from "./init-configuration.ts";
import { loadInitConfiguration } from "./load-init-configuration.ts";

/** All options of an init, resolved from the command line, the configuration file and this machine. */
export interface InitOptions {
  readonly configuration: InitConfiguration;
  readonly cluster: ClusterConfiguration;
  readonly components: ComponentConfigurations;
  readonly dryRun: boolean;
  /** Files are written to a temporary directory, because the flag or the file asks for a dry run. */
  readonly needsDryRunDirectory: boolean;
  readonly skipPhases: readonly string[];
  /** As the user gave it. */
  readonly patchesDirectory?: string;
  /** The base of a relative patchesDirectory. */
  readonly workingDirectory?: PathBase;
  /** Lower case, sorted; `all` is the only entry if present. */
  readonly ignorePreflightErrors: readonly string[];
  readonly uploadCerts: boolean;
  readonly skipTokenPrint: boolean;
  readonly skipCertificateKeyPrint: boolean;
  /** `--kubeconfig-dir`, absolute. */
  readonly kubeconfigDirectory: string;
  /** `--kubeconfig`, absolute. The phases after wait-control-plane use it when they run alone. */
  readonly kubeconfigPath: string;
  /** `addon … --print-manifest`: show the objects and change nothing. */
  readonly printManifest: boolean;
}

/** Resolves the command line and the file, in upstream's order (cmd/init.go, newInitData). */
export async function resolveInitOptions(flags: InitFlags, ports: ConfigurationPorts): Promise<InitOptions> {
  const featureGates = parseFeatureGates(flags.featureGates ?? "");
  requireUnmixed(flags.given, flagsByName(initFlags));
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
    kubeconfigPath: flags.kubeconfig ?? adminKubeconfigPath,
    printManifest: flags.printManifest ?? false,
  };
}

/** The flag wins over the file; the lists are not merged. */
function skippedPhases(flags: InitFlags, configuration: InitConfiguration): readonly string[] {
  const fromFlag = flags.skipPhases ?? [];
  return fromFlag.length > 0 ? fromFlag : configuration.skipPhases;
}

const addonPhases = { dns: "addon/coredns", proxy: "addon/kube-proxy" } as const;

/** An addon whose phase is skipped is uploaded as disabled, and the phase of a disabled addon is skipped. */
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

function initFromFlags(flags: InitFlags, featureGates: FeatureGates): WrittenInit {
  const { InitConfiguration, ClusterConfiguration, BootstrapToken } = configuredByFlags<ConfigurationOfInit>(
    initFlags,
    flags,
  );
  const description = "The default bootstrap token generated by 'kubeadm init'.";
  return {
    configuration: initConfigurationFromV1beta4({
      ...InitConfiguration,
      bootstrapTokens: [{ description, ...BootstrapToken }],
    }),
    cluster: clusterConfigurationFromV1beta4({ ...ClusterConfiguration, featureGates }),
    hasBothEtcds: false,
    components: {},
  };
}
