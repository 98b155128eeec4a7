import type { ResetConfigurationV1beta4 } from "../config/reset/reset-configuration.ts";
import { adminKubeconfigPath, defaultCertificatesDirectory } from "../paths.ts";
import { type CommandLine, commandFlagNames, type FlagTableFor, type GivenValues } from "./flag-table.ts";
import { criSocket, dryRun, ignorePreflightErrors, skipPhases } from "./shared-flags.ts";

/** The flags of `kubeadm reset` and of its phases; names, types and defaults are upstream's. */
export const resetFlags = {
  // A relative path is refused: what is in the directory gets deleted.
  certDir: {
    type: "string",
    default: defaultCertificatesDirectory,
    usage: "Directory with the cluster's certificates; what is in it is deleted.",
    field: "certificatesDir",
    offers: "directories",
  },
  cleanupTmpDir: {
    type: "bool",
    usage: "Delete what is in /etc/kubernetes/tmp as well.",
    field: "cleanupTmpDir",
  },
  config: {
    type: "string",
    usage: "File with a ResetConfiguration.",
    isPath: true,
    offers: "files",
    besideConfig: true,
  },
  criSocket: { ...criSocket, field: "criSocket" },
  dryRun,
  force: { type: "bool", shorthand: "f", usage: "Do not ask whether to go on.", field: "force" },
  ignorePreflightErrors: {
    ...ignorePreflightErrors,
    usage: "Checks whose errors are only warned of, for example IsPrivilegedUser; all means every check.",
  },
  kubeconfig: {
    type: "string",
    default: adminKubeconfigPath,
    usage: "Kubeconfig to ask the cluster with; where it does not exist the cluster is not asked.",
    isPath: true,
    offers: "files",
    besideConfig: true,
  },
  skipPhases,
} as const satisfies FlagTableFor<ResetConfigurationV1beta4>;

/**
 * The command line of `kubeadm reset` and of its phases, parsed. A field is there if its flag was given, with whatever
 * value; lists have their commas split. `kubeadm reset --help` describes the flags.
 */
export interface ResetFlags extends GivenValues<typeof resetFlags>, CommandLine {}

/** Flags of `kubeadm reset`; every phase accepts some of them. */
export const resetFlagNames = commandFlagNames(resetFlags);
