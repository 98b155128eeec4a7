import type { PathBase } from "../../host/path-from.ts";
import type { CommandLine, FlagTable, GivenValues } from "./flag-table.ts";
import { ignorePreflightErrors } from "./shared-flags.ts";
import { checksOfMachine, upgradeWorkFlags } from "./upgrade-work-flags.ts";

/** The checks of the cluster, which plan and apply make. */
export const checksOfCluster = [
  "ControlPlaneNodesReady",
  "CoreDNSMigration",
  "CoreDNSUnsupportedPlugins",
  "CreateJob",
  "StaticPodManifest",
];

/** The flags of `kubeadm upgrade apply` and of its phases. */
export const upgradeApplyFlags = {
  ...upgradeWorkFlags,
  allowExperimentalUpgrades: { type: "bool", usage: "Accept alpha, beta and release candidate versions." },
  allowReleaseCandidateUpgrades: { type: "bool", usage: "Accept release candidate versions." },
  force: {
    type: "bool",
    shorthand: "f",
    usage: "Upgrade even if requirements are not met, without asking for confirmation.",
  },
  ignorePreflightErrors: ignorePreflightErrors(
    [...checksOfCluster, ...checksOfMachine],
    "CreateJob,ControlPlaneNodesReady",
  ),
  printConfig: { type: "bool", usage: "Print the configuration that the upgrade uses." },
  yes: { type: "bool", shorthand: "y", usage: "Do not ask for confirmation.", besideConfig: true },
} as const satisfies FlagTable;

/**
 * The parsed command line of `kubeadm upgrade apply` and of its phases. A field is set if its flag was given, even with
 * an empty value.
 */
export interface UpgradeApplyFlags extends GivenValues<typeof upgradeApplyFlags>, CommandLine {
  /** The directory that a relative `patches` of the file is resolved against. */
  readonly workingDirectory?: PathBase;
}
