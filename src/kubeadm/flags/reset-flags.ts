import type { ResetConfigurationV1beta4 } from "../config/reset/reset-configuration.ts";
import { adminKubeconfigPath, defaultCertificatesDirectory } from "../paths.ts";
import { type CommandLine, commandFlagNames, type FlagTableFor, type GivenValues } from "./flag-table.ts";
import { criSocket, dryRun, ignorePreflightErrors, skipPhases, wait } from "./shared-flags.ts";

/** The flags of `kubeadm reset` and of its phases; names, types and defaults are upstream's. */
export const resetFlags = {
  // A relative path is refused: reset deletes the contents of the directory.
  certDir: {
    type: "string",
    default: defaultCertificatesDirectory,
    usage: "Directory with the cluster's certificates. Its contents are deleted.",
    field: "certificatesDir",
    offers: "directories",
  },
  cleanupTmpDir: {
    type: "bool",
    usage: "Delete the contents of /etc/kubernetes/tmp too.",
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
  force: { type: "bool", shorthand: "f", usage: "Do not ask for confirmation.", field: "force" },
  ignorePreflightErrors: ignorePreflightErrors(["IsPrivilegedUser"], "IsPrivilegedUser"),
  kubeconfig: {
    type: "string",
    default: adminKubeconfigPath,
    usage: "Kubeconfig file to use for requests to the cluster. If it does not exist, no requests are sent.",
    isPath: true,
    offers: "files",
    besideConfig: true,
  },
  restore: {
    isOurs: true,
    type: "bool",
    usage: "Restore the files that an unfinished init or join overwrote.",
    besideConfig: true,
  },
  skipPhases,
  wait,
} as const satisfies FlagTableFor<ResetConfigurationV1beta4>;

/**
 * The parsed command line of `kubeadm reset` and of its phases, with a field in camelCase for each flag. A field is set if
 * its flag was given, even with an empty value; lists are split at commas.
 */
export interface ResetFlags extends GivenValues<typeof resetFlags>, CommandLine {}

/** Names of the flags of `kubeadm reset`, without dashes in front. Every phase accepts some of them. */
export const resetFlagNames = commandFlagNames(resetFlags);
