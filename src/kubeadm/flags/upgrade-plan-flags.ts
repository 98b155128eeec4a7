import type { CommandLine, FlagTable, GivenValues } from "./flag-table.ts";
import { ignorePreflightErrors } from "./shared-flags.ts";
import { checksOfCluster, upgradeApplyFlags as ofApply } from "./upgrade-apply-flags.ts";

/** The flags of `kubeadm upgrade plan`; names, types and defaults are upstream's, and those of `upgrade apply`. */
export const upgradePlanFlags = {
  allowExperimentalUpgrades: ofApply.allowExperimentalUpgrades,
  allowReleaseCandidateUpgrades: ofApply.allowReleaseCandidateUpgrades,
  config: ofApply.config,
  etcdUpgrade: ofApply.etcdUpgrade,
  ignorePreflightErrors: ignorePreflightErrors(
    [...checksOfCluster, "IsPrivilegedUser"],
    "CreateJob,ControlPlaneNodesReady",
  ),
  kubeconfig: ofApply.kubeconfig,
  printConfig: ofApply.printConfig,
} as const satisfies FlagTable;

/** The parsed command line of `kubeadm upgrade plan`. A field is set if its flag was given, even with an empty value. */
export interface UpgradePlanFlags extends GivenValues<typeof upgradePlanFlags>, CommandLine {}
