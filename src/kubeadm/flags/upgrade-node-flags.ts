import type { PathBase } from "../../host/path-from.ts";
import type { CommandLine, FlagTable, GivenValues } from "./flag-table.ts";
import { ignorePreflightErrors } from "./shared-flags.ts";
import { checksOfMachine, upgradeWorkFlags } from "./upgrade-work-flags.ts";

/** The flags of `kubeadm upgrade node` and of its phases. */
export const upgradeNodeFlags = {
  ...upgradeWorkFlags,
  ignorePreflightErrors: ignorePreflightErrors(checksOfMachine, "IsPrivilegedUser,SystemVerification"),
  kubeconfig: {
    ...upgradeWorkFlags.kubeconfig,
    usage: "Kubeconfig file to use for requests to the cluster. A worker uses /etc/kubernetes/kubelet.conf by default.",
  },
} as const satisfies FlagTable;

/**
 * The parsed command line of `kubeadm upgrade node` and of its phases. A field is set if its flag was given, even with an
 * empty value.
 */
export interface UpgradeNodeFlags extends GivenValues<typeof upgradeNodeFlags>, CommandLine {
  /** The directory that a relative `patches` of the file is resolved against. */
  readonly workingDirectory?: PathBase;
}
