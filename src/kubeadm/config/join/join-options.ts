import { KubeadmError, withContext } from "../../../errors/kubeadm-error.ts";
import { Secret } from "../../../errors/secret.ts";
import { FileError } from "../../../host/file-error.ts";
import type { PathBase } from "../../../host/path-from.ts";
import { isSeen, mayExist } from "../../../host/presence.ts";
import { defined } from "../../../values/defined.ts";
import { configuredByFlags, flagsByName } from "../../flags/flag-table.ts";
import { type JoinFlags, joinFlags } from "../../flags/join-flags.ts";
import { requireUnmixed } from "../../flags/mixed-flags.ts";
import { type Kubeconfig, KubeconfigError } from "../../kubeconfig/kubeconfig.ts";
import { loadKubeconfig } from "../../kubeconfig/read-kubeconfig.ts";
import { adminKubeconfigPath, bootstrapKubeconfigPath, kubeletKubeconfigPath } from "../../paths.ts";
import { requireBindableAddress } from "../fields/advertise-address.ts";
import { ignoredChecks } from "../fields/ignored-checks.ts";
import { withNodeName } from "../fields/node-registration.ts";
import { type JoinConfigurationV1beta4, joinConfigurationFromV1beta4 } from "../versions/convert-join.ts";
import { type ConfigurationPorts, completeJoinConfiguration } from "./complete-join-configuration.ts";
import { defaultBindPort, type JoinConfiguration } from "./join-configuration.ts";
import { loadJoinConfiguration } from "./load-join-configuration.ts";

/** All options of a join, resolved from the command line, the configuration file and this machine. */
export interface JoinOptions {
  readonly configuration: JoinConfiguration;
  readonly dryRun: boolean;
  /** Files are written to a temporary directory, because the flag or the file asks for a dry run. */
  readonly needsDryRunDirectory: boolean;
  /** A discovery file from a URL may name files and programs of this machine. */
  readonly discoveryMayAccessMachine: boolean;
  readonly skipPhases: readonly string[];
  /** As the user gave it. */
  readonly patchesDirectory?: string;
  /** The base of a relative patchesDirectory. */
  readonly workingDirectory?: PathBase;
  /** Lower case, sorted; `all` is the only entry if present. */
  readonly ignorePreflightErrors: readonly string[];
  /** admin.conf of a machine that is already a control plane; it replaces discovery. */
  readonly adminKubeconfig?: Kubeconfig;
}

/**
 * Resolves the command line and the file, in upstream's order (cmd/join.go, newJoinData). An admin.conf that an
 * interrupted run of this join has written does not replace discovery: `usesAdminKubeconfig` is false then.
 */
export async function resolveJoinOptions(
  flags: JoinFlags,
  ports: ConfigurationPorts,
  { usesAdminKubeconfig = true }: { readonly usesAdminKubeconfig?: boolean } = {},
): Promise<JoinOptions> {
  requireUnmixed(flags.given, flagsByName(joinFlags));
  warnOfMissingControlPlane(flags, ports);
  if (!flags.nodeName) {
    const message = "found NodeName empty; using OS hostname as NodeName";
    ports.events.emit("log", { level: 1, area: "preflight", message });
  }
  const adminKubeconfig = usesAdminKubeconfig ? await findAdminKubeconfig(flags, ports) : undefined;
  const fromFlags = await discoveryOfCommand(flags, ports);
  const loaded = await loadConfiguration(flags, fromFlags, ports);
  const ignorePreflightErrors = ignoredChecks(
    flags.ignorePreflightErrors ?? [],
    loaded.nodeRegistration.ignorePreflightErrors,
  );
  const configuration = flags.nodeName ? withNodeName(loaded, flags.nodeName) : loaded;
  if (configuration.controlPlane !== undefined) {
    requireBindableAddress(configuration.controlPlane.localAPIEndpoint.advertiseAddress);
  }
  const skipPhases = flags.skipPhases ?? [];
  const patchesDirectory = flags.patches || configuration.patches?.directory;
  return {
    configuration,
    dryRun: flags.dryRun ?? configuration.dryRun,
    needsDryRunDirectory: (flags.dryRun ?? false) || configuration.dryRun,
    discoveryMayAccessMachine: flags.discoveryFileUnsafeLocalAccess ?? false,
    skipPhases: skipPhases.length > 0 ? skipPhases : configuration.skipPhases,
    ...(patchesDirectory === undefined || patchesDirectory === "" ? {} : { patchesDirectory }),
    ...defined({ workingDirectory: flags.workingDirectory }),
    ignorePreflightErrors,
    ...defined({ adminKubeconfig }),
  };
}

function warnOfMissingControlPlane(flags: JoinFlags, { events }: ConfigurationPorts): void {
  const meansControlPlane =
    (flags.certificateKey?.reveal() ?? "") !== "" ||
    (flags.apiserverAdvertiseAddress ?? "") !== "" ||
    (flags.apiserverBindPort ?? defaultBindPort) !== defaultBindPort;
  if (flags.controlPlane === true || !meansControlPlane) return;
  events.emit("warning", {
    area: "preflight",
    message:
      "WARNING: --control-plane is also required when passing control-plane related flags such as " +
      "[certificate-key, apiserver-advertise-address, apiserver-bind-port]",
  });
}

/** Only the flag counts here: upstream has not read the file yet. */
async function findAdminKubeconfig(flags: JoinFlags, ports: ConfigurationPorts): Promise<Kubeconfig | undefined> {
  if (flags.controlPlane !== true || !(await isSeen(adminKubeconfigPath, ports.files))) return undefined;
  const message = `found ${adminKubeconfigPath}. Use it for skipping discovery`;
  ports.events.emit("log", { level: 1, area: "preflight", message });
  try {
    return await loadKubeconfig(ports.files, adminKubeconfigPath);
  } catch (error) {
    if (!(error instanceof FileError || error instanceof KubeconfigError)) {
      throw withContext(error, `Error loading ${adminKubeconfigPath}`);
    }
    const text = `Error loading ${adminKubeconfigPath}: ${error.message}`;
    throw new KubeadmError("KUBECONFIG_INVALID", text, { cause: error, details: { path: adminKubeconfigPath } });
  }
}

/**
 * Phases without discovery flags run after those that write admin.conf, and use it for discovery.
 * kubelet-wait-bootstrap, the only one of them with --cri-socket, is also a phase of workers: there it uses the
 * kubeconfig that kubelet-start left, where upstream's fails.
 */
async function discoveryOfCommand(flags: JoinFlags, ports: ConfigurationPorts): Promise<WireDiscovery> {
  if (flags.accepted.includes("discovery-file")) return discoveryFromFlags(flags);
  const isWorkersToo = flags.accepted.includes("cri-socket");
  const candidates = [adminKubeconfigPath, ...(isWorkersToo ? [bootstrapKubeconfigPath, kubeletKubeconfigPath] : [])];
  for (const kubeConfigPath of candidates) {
    if (await mayExist(kubeConfigPath, ports.files)) return { file: { kubeConfigPath } };
  }
  const message = isWorkersToo
    ? `Neither ${candidates.join(" nor ")} exists. Please run 'kubeadm join phase kubelet-start' first.`
    : `File ${adminKubeconfigPath} does not exists. Please use 'kubeadm join phase control-plane-prepare' subcommands to generate it.`;
  throw new KubeadmError("FILE_OPERATION_FAILED", message, {
    details: { path: adminKubeconfigPath },
    remedy: "Run the phases in order: `kubeadm join --help` lists them.",
  });
}

type Wire = JoinConfigurationV1beta4;
type WireDiscovery = NonNullable<Wire["discovery"]>;

/** `--token` is the default of `--discovery-token` and of `--tls-bootstrap-token`. */
function discoveryFromFlags(flags: JoinFlags): WireDiscovery {
  const { bootstrapToken, file, tlsBootstrapToken } = configuredByFlags<Wire>(joinFlags, flags).discovery ?? {};
  const { apiServerEndpoint, token } = flags;
  const discoveryToken = firstGiven(bootstrapToken?.token, token);
  return {
    tlsBootstrapToken: firstGiven(tlsBootstrapToken, discoveryToken),
    ...(file?.kubeConfigPath ? { file } : {}),
    ...(apiServerEndpoint === undefined
      ? {}
      : { bootstrapToken: { ...bootstrapToken, token: discoveryToken, apiServerEndpoint } }),
  };
}

function firstGiven(...tokens: readonly (Secret | undefined)[]): Secret {
  return tokens.find((token) => token !== undefined && token.reveal() !== "") ?? new Secret("");
}

async function loadConfiguration(
  flags: JoinFlags,
  discovery: WireDiscovery,
  ports: ConfigurationPorts,
): Promise<JoinConfiguration> {
  const options = { detectsCriSocket: flags.accepted.includes("cri-socket") };
  if (flags.config !== undefined && flags.config !== "") return loadJoinConfiguration(flags.config, options, ports);
  return completeJoinConfiguration(configurationFromFlags(flags, discovery), options, ports);
}

function configurationFromFlags(flags: JoinFlags, discovery: WireDiscovery): JoinConfiguration {
  const { controlPlane = {}, ...wire } = configuredByFlags<Wire>(joinFlags, flags);
  return joinConfigurationFromV1beta4({
    ...wire,
    discovery,
    ...(flags.controlPlane === true ? { controlPlane } : {}),
  });
}
