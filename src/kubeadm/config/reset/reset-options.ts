import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { cleanPath } from "../../../go/clean-path.ts";
import type { Files, Network, UnmountFlag } from "../../../host/host.ts";
import { configuredByFlags, flagsByName } from "../../flags/flag-table.ts";
import { requireUnmixed } from "../../flags/mixed-flags.ts";
import { type ResetFlags, resetFlags } from "../../flags/reset-flags.ts";
import { findInstanceSocket } from "../../kubelet/instance-socket.ts";
import { adminKubeconfigPath } from "../../paths.ts";
import { invalidConfiguration } from "../documents/field-error.ts";
import { defaultCriSocket, detectCriSocket, withSocketScheme } from "../fields/cri-socket.ts";
import { ignoredChecks } from "../fields/ignored-checks.ts";
import { type LoadedResetConfiguration, loadResetConfiguration } from "./load-reset-configuration.ts";
import {
  isUnmountFlag,
  type ResetConfigurationV1beta4,
  resetConfigurationFromV1beta4,
  validateResetConfiguration,
} from "./reset-configuration.ts";

/** All options of a reset, resolved from the command line, the configuration file and this machine. */
export interface ResetOptions {
  readonly certificatesDirectory: string;
  readonly cleanupTemporaryDirectory: boolean;
  readonly criSocket: string;
  readonly dryRun: boolean;
  /** Do not ask for confirmation. */
  readonly force: boolean;
  /** Lower case, sorted; `all` is the only entry if present. */
  readonly ignorePreflightErrors: readonly string[];
  readonly kubeconfigPath: string;
  /** Restore the files that an unfinished run overwrote. */
  readonly restore: boolean;
  readonly skipPhases: readonly string[];
  readonly unmountFlags: readonly UnmountFlag[];
}

export interface ResetOptionsPorts {
  readonly files: Pick<Files, "read" | "readText" | "status">;
  readonly network: Pick<Network, "canConnect">;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** Resolves the command line and the file, in upstream's order (cmd/reset.go, newResetData). */
export async function resolveResetOptions(flags: ResetFlags, ports: ResetOptionsPorts): Promise<ResetOptions> {
  requireUnmixed(flags.given, flagsByName(resetFlags));
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
    kubeconfigPath: flags.kubeconfig ?? adminKubeconfigPath,
    restore: flags.restore ?? false,
    skipPhases: skipPhases.length > 0 ? skipPhases : configuration.skipPhases,
    unmountFlags: configuration.unmountFlags.filter(isUnmountFlag),
  };
}

async function configurationOf(
  flags: ResetFlags,
  ports: ResetOptionsPorts,
): Promise<LoadedResetConfiguration | { configuration: LoadedResetConfiguration["configuration"]; locations?: never }> {
  if (flags.config !== undefined && flags.config !== "") return loadResetConfiguration(flags.config, ports);
  requireCertificatesDirectory(flags.certDir);
  const wire = configuredByFlags<ResetConfigurationV1beta4>(resetFlags, flags);
  return { configuration: resetConfigurationFromV1beta4(wire) };
}

/** An empty variable in a script must not select the default directory, which reset would then delete. */
function requireCertificatesDirectory(certDir: string | undefined): void {
  if (certDir !== "") return;
  throw new KubeadmError("USAGE", 'invalid argument "" for "--cert-dir" flag: it is not a directory', {
    remedy: "Leave the flag out for the default directory, or name one.",
  });
}

/** The socket that the join recorded for this machine wins over detection: there may be several runtimes. */
async function criSocketOf(configured: string, flags: ResetFlags, ports: ResetOptionsPorts): Promise<string> {
  if (configured !== "") return withSocketScheme(configured, ports.events);
  const own = await findInstanceSocket(ports.files);
  if (own?.startsWith("unix://") === true) return own;
  // Phases without the flag do not use the runtime, and must not fail because of it.
  if (!flags.accepted.includes("cri-socket")) return defaultCriSocket;
  return detectCriSocket(ports.network, ports);
}
