import { adminKubeconfigPath } from "../paths.ts";
import type { FlagTable } from "./flag-table.ts";
import { dryRun, patches, skipPhases, wait } from "./shared-flags.ts";

/** The checks of the machine, which apply and node make. */
export const checksOfMachine = ["ContainerRuntimeVersion", "ImagePull", "IsPrivilegedUser", "SystemVerification"];

/** The flags that `kubeadm upgrade apply` and `kubeadm upgrade node` share; names, types and defaults are upstream's. */
export const upgradeWorkFlags = {
  certificateRenewal: {
    type: "bool",
    default: true,
    usage: "Renew the certificates of the upgraded components.",
  },
  config: {
    type: "string",
    usage: "File with an UpgradeConfiguration.",
    isPath: true,
    offers: "files",
    besideConfig: true,
  },
  dryRun,
  etcdUpgrade: { type: "bool", default: true, usage: "Upgrade etcd too." },
  kubeconfig: {
    type: "string",
    default: adminKubeconfigPath,
    usage: "Kubeconfig file to use for requests to the cluster.",
    isPath: true,
    offers: "files",
    besideConfig: true,
  },
  patches: { ...patches, isPath: true },
  skipPhases,
  wait,
} as const satisfies FlagTable;
