import type { Events } from "../../../events/events.ts";
import type { Files } from "../../../host/host.ts";
import type { PathBase } from "../../../host/path-from.ts";
import { defined } from "../../../values/defined.ts";
import { flagsByName } from "../../flags/flag-table.ts";
import { requireUnmixed } from "../../flags/mixed-flags.ts";
import { type UpgradeApplyFlags, upgradeApplyFlags } from "../../flags/upgrade-apply-flags.ts";
import { type UpgradeNodeFlags, upgradeNodeFlags } from "../../flags/upgrade-node-flags.ts";
import { adminKubeconfigPath, kubeletKubeconfigPath } from "../../paths.ts";
import { ignoredChecks } from "../fields/ignored-checks.ts";
import type { Timeouts } from "../fields/timeouts.ts";
import { loadUpgradeConfiguration, type WorkSection } from "./load-upgrade-configuration.ts";
import { requestedVersion } from "./requested-version.ts";

/** The options of `upgrade apply` and `upgrade node`, from the command line and the configuration file. */
export interface UpgradeOptions {
  /** What this machine is, by its files. `upgrade apply` runs on control planes only. */
  readonly role: "worker" | "control-plane";
  readonly dryRun: boolean;
  readonly needsDryRunDirectory: boolean;
  /** Lower case, sorted; `all` is the only entry if present. */
  readonly ignorePreflightErrors: readonly string[];
  readonly kubeconfigPath: string;
  readonly patchesDirectory?: string;
  /** The base of a relative patchesDirectory. */
  readonly workingDirectory?: PathBase;
  readonly skipPhases: readonly string[];
  readonly timeouts: Timeouts;
  readonly certificateRenewal: boolean;
  readonly etcdUpgrade: boolean;
  readonly imagePullPolicy: string;
  readonly imagePullSerial: boolean;
  /** Only for `upgrade apply`. */
  readonly apply?: ApplyOptions;
}

/** What only `upgrade apply` has. */
export interface ApplyOptions {
  /** A version or a label, as it was typed. */
  readonly requestedVersion: string;
  /** Proceeds with errors that may be skipped, and asks no question. */
  readonly force: boolean;
  /** Asks no question. */
  readonly yes: boolean;
  readonly allowsExperimental: boolean;
  readonly allowsReleaseCandidates: boolean;
  readonly printsConfiguration: boolean;
}

export interface UpgradeOptionsPorts {
  readonly files: Pick<Files, "read">;
  readonly events: Events;
}

interface RunScope {
  /** A single phase accepts flags together with a file, same as upstream. */
  readonly isSinglePhase: boolean;
}

/** Resolves the options of `upgrade node`. */
export async function resolveUpgradeNodeOptions(
  flags: UpgradeNodeFlags,
  { isSinglePhase, role }: RunScope & Pick<UpgradeOptions, "role">,
  ports: UpgradeOptionsPorts,
): Promise<UpgradeOptions> {
  if (!isSinglePhase) requireUnmixed(flags.given, flagsByName(upgradeNodeFlags));
  const { node, timeouts } = await loadUpgradeConfiguration(flags.config, ports);
  const ownKubeconfig = role === "control-plane" ? adminKubeconfigPath : kubeletKubeconfigPath;
  return { role, ...workOptions(flags, node), kubeconfigPath: flags.kubeconfig || ownKubeconfig, timeouts };
}

/** Resolves the options of `upgrade apply`; `args` are its arguments: the version, or none if the file names it. */
export async function resolveUpgradeApplyOptions(
  flags: UpgradeApplyFlags,
  args: readonly string[],
  { isSinglePhase }: RunScope,
  ports: UpgradeOptionsPorts,
): Promise<UpgradeOptions> {
  if (!isSinglePhase) requireUnmixed(flags.given, flagsByName(upgradeApplyFlags));
  const { apply, timeouts } = await loadUpgradeConfiguration(flags.config, ports);
  return {
    role: "control-plane",
    apply: {
      requestedVersion: requestedVersion(args, apply.kubernetesVersion),
      force: flags.force ?? apply.forceUpgrade,
      yes: flags.yes ?? false,
      allowsExperimental: flags.allowExperimentalUpgrades ?? apply.allowExperimentalUpgrades,
      allowsReleaseCandidates: flags.allowReleaseCandidateUpgrades ?? apply.allowRCUpgrades,
      printsConfiguration: flags.printConfig ?? apply.printConfig,
    },
    ...workOptions(flags, apply),
    kubeconfigPath: flags.kubeconfig ?? adminKubeconfigPath,
    timeouts,
  };
}

type WorkOptions = Omit<UpgradeOptions, "role" | "apply" | "kubeconfigPath" | "timeouts">;

/** What both commands have: a flag wins over the file. */
function workOptions(flags: UpgradeNodeFlags | UpgradeApplyFlags, section: WorkSection): WorkOptions {
  const dryRun = flags.dryRun ?? section.dryRun;
  const skipPhases = flags.skipPhases ?? [];
  return {
    dryRun,
    needsDryRunDirectory: dryRun,
    ignorePreflightErrors: ignoredChecks(flags.ignorePreflightErrors ?? [], section.ignorePreflightErrors),
    skipPhases: skipPhases.length > 0 ? skipPhases : section.skipPhases,
    certificateRenewal: flags.certificateRenewal ?? section.certificateRenewal,
    etcdUpgrade: flags.etcdUpgrade ?? section.etcdUpgrade,
    imagePullPolicy: section.imagePullPolicy,
    imagePullSerial: section.imagePullSerial,
    ...defined({
      patchesDirectory: flags.patches || section.patchesDirectory,
      workingDirectory: flags.workingDirectory,
    }),
  };
}
