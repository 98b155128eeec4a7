import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { cleanPath } from "../../go/clean-path.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { YamlError } from "../../go/yaml/yaml-error.ts";
import { FileError, type Files, type Network, type UnmountFlag } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { adminKubeconfigPath, kubeletInstanceConfigurationPath } from "../paths.ts";
import { defaultCriSocket, detectCriSocket, withSocketScheme } from "./cri-socket.ts";
import { invalidConfiguration } from "./field-error.ts";
import { ignoredChecks } from "./ignored-checks.ts";
import { flagsMixedWithConfig } from "./join-flags.ts";
import { type LoadedResetConfiguration, loadResetConfiguration } from "./load-reset-configuration.ts";
import { isUnmountFlag, resetConfigurationFromV1beta4, validateResetConfiguration } from "./reset-configuration.ts";

/** The command line of `kubeadm reset` and of its phases. A field is there if its flag was given, with whatever value. */
export interface ResetFlags {
  readonly certDir?: string;
  readonly cleanupTmpDir?: boolean;
  readonly config?: string;
  readonly criSocket?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly ignorePreflightErrors?: readonly string[];
  readonly kubeconfig?: string;
  readonly skipPhases?: readonly string[];
  /** Names of all flags that were given, global ones included, without dashes. */
  readonly given: readonly string[];
  /** Names of all flags that the command has: phases have fewer than `reset`. */
  readonly accepted: readonly string[];
}

/** Flags of `kubeadm reset`; every phase accepts some of them. */
export const resetFlagNames = [
  "cert-dir",
  "cleanup-tmp-dir",
  "config",
  "cri-socket",
  "dry-run",
  "force",
  "ignore-preflight-errors",
  "kubeconfig",
  "skip-phases",
] as const;

/** Everything that a reset was told, resolved from command line, configuration file and this machine. */
export interface ResetOptions {
  readonly certificatesDirectory: string;
  readonly cleanupTemporaryDirectory: boolean;
  readonly criSocket: string;
  readonly dryRun: boolean;
  /** Without a question. */
  readonly force: boolean;
  /** Lower case, sorted; `all` stands alone. */
  readonly ignorePreflightErrors: readonly string[];
  readonly kubeconfigPath: string;
  readonly skipPhases: readonly string[];
  readonly unmountFlags: readonly UnmountFlag[];
}

export interface ResetOptionsPorts {
  readonly files: Pick<Files, "read" | "readText" | "status">;
  readonly network: Pick<Network, "canConnect">;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** Resolves what the command line and the file say, in upstream's order (cmd/reset.go, newResetData). */
export async function resolveResetOptions(flags: ResetFlags, ports: ResetOptionsPorts): Promise<ResetOptions> {
  requireUnmixed(flags);
  const { configuration: written, locations } = await configurationOf(flags, ports);
  const configuration = { ...written, criSocket: await criSocketOf(written.criSocket, flags, ports) };
  const errors = validateResetConfiguration(configuration);
  if (errors.length > 0) throw invalidConfiguration(errors, locations);
  const skipPhases = flags.skipPhases ?? [];
  return {
    certificatesDirectory: cleanPath(configuration.certificatesDir),
    cleanupTemporaryDirectory: configuration.cleanupTmpDir,
    criSocket: configuration.criSocket,
    dryRun: flags.dryRun ?? configuration.dryRun,
    force: configuration.force,
    ignorePreflightErrors: ignoredChecks(flags.ignorePreflightErrors ?? [], configuration.ignorePreflightErrors),
    kubeconfigPath: flags.kubeconfig || adminKubeconfigPath,
    skipPhases: skipPhases.length > 0 ? skipPhases : configuration.skipPhases,
    unmountFlags: configuration.unmountFlags.filter(isUnmountFlag),
  };
}

function requireUnmixed(flags: ResetFlags): void {
  const mixed = flagsMixedWithConfig(flags.given);
  if (mixed.length === 0) return;
  throw new KubeadmError("USAGE", `can not mix '--config' with arguments [${mixed.join(" ")}]`, {
    details: { flags: mixed },
    remedy: "Put the values of these flags into the configuration file.",
  });
}

async function configurationOf(
  flags: ResetFlags,
  ports: ResetOptionsPorts,
): Promise<LoadedResetConfiguration | { configuration: LoadedResetConfiguration["configuration"]; locations?: never }> {
  if (flags.config !== undefined && flags.config !== "") return loadResetConfiguration(flags.config, ports);
  requireCertificatesDirectory(flags.certDir);
  const { cleanupTmpDir, force } = flags;
  return {
    configuration: resetConfigurationFromV1beta4({
      ...defined({ cleanupTmpDir, force }),
      certificatesDir: flags.certDir ?? "",
      criSocket: flags.criSocket ?? "",
    }),
  };
}

/** An empty variable in a script must not mean the default: what is named is what gets deleted. */
function requireCertificatesDirectory(certDir: string | undefined): void {
  if (certDir !== "") return;
  throw new KubeadmError("USAGE", 'invalid argument "" for "--cert-dir" flag: it names no directory', {
    remedy: "Leave the flag out for the default directory, or name one.",
  });
}

/** What the join has written down for this machine goes before what listens: there may be several runtimes. */
async function criSocketOf(configured: string, flags: ResetFlags, ports: ResetOptionsPorts): Promise<string> {
  if (configured !== "") return withSocketScheme(configured, ports.events);
  const own = await criSocketOfKubelet(ports.files);
  if (own !== undefined) return own;
  // Phases without the flag have nothing to do with the runtime, and must not fail for it.
  if (!flags.accepted.includes("cri-socket")) return defaultCriSocket;
  return detectCriSocket(ports.network, ports);
}

async function criSocketOfKubelet(files: Pick<Files, "readText">): Promise<string | undefined> {
  try {
    const content = toJson(readYaml(await files.readText(kubeletInstanceConfigurationPath)));
    if (typeof content !== "object" || content === null || !("containerRuntimeEndpoint" in content)) return undefined;
    const endpoint = content["containerRuntimeEndpoint"];
    return typeof endpoint === "string" && endpoint.startsWith("unix://") ? endpoint : undefined;
  } catch (error) {
    if (error instanceof FileError || error instanceof YamlError) return undefined;
    throw error;
  }
}
