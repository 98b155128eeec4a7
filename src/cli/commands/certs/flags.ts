import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { objectFlags } from "../../../kubeadm/flags/shared-flags.ts";
import { adminKubeconfigPath, defaultCertificatesDirectory, kubernetesDirectory } from "../../../kubeadm/paths.ts";
import type { InvocationWith } from "../../line/command.ts";

const config = {
  type: "string",
  usage: "File with a ClusterConfiguration, to use instead of the configuration in the cluster.",
  offers: "files",
} as const;

/** Names, types and defaults are upstream's, here and below. */
export const renewFlags = {
  "cert-dir": {
    type: "string",
    default: defaultCertificatesDirectory,
    usage: "Directory of the certificates. Overrides the cluster's configuration, but not the file of --config.",
    offers: "directories",
  },
  config,
  kubeconfig: {
    type: "string",
    default: adminKubeconfigPath,
    usage: "Kubeconfig file to read the cluster's configuration with. If that fails, defaults are used.",
    offers: "files",
  },
} as const satisfies Flags;

export const expirationFlags = { ...renewFlags, ...objectFlags } as const satisfies Flags;

export const requestFlags = {
  "cert-dir": {
    type: "string",
    usage: "Directory for the keys and requests. Default: the certificatesDir of the configuration.",
    offers: "directories",
  },
  config: { type: "string", usage: "File with an InitConfiguration and a ClusterConfiguration.", offers: "files" },
  "kubeconfig-dir": {
    type: "string",
    default: kubernetesDirectory,
    usage: "Directory for the kubeconfig files and their requests.",
    offers: "directories",
  },
} as const satisfies Flags;

export type RenewInvocation = InvocationWith<typeof renewFlags>;
export type ExpirationInvocation = InvocationWith<typeof expirationFlags>;
export type RequestInvocation = InvocationWith<typeof requestFlags>;
