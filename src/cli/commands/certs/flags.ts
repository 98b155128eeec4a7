import type { Flags, ValuesOf } from "../../../kubeadm/flags/flag.ts";
import { adminKubeconfigPath, defaultCertificatesDirectory, kubernetesDirectory } from "../../../kubeadm/paths.ts";
import type { Invocation } from "../../line/command.ts";
import { objectFlags } from "../../print/object-printer.ts";

const config = {
  type: "string",
  usage: "File with a ClusterConfiguration. With it, no cluster is asked.",
  offers: "files",
} as const;

/** Names, types and defaults are upstream's, here and below. */
export const renewFlags = {
  "cert-dir": {
    type: "string",
    default: defaultCertificatesDirectory,
    usage: "Directory of the certificates; it counts more than the cluster's configuration, less than a file's.",
    offers: "directories",
  },
  config,
  kubeconfig: {
    type: "string",
    default: adminKubeconfigPath,
    usage: "Kubeconfig to read the cluster's configuration with; where that is not possible, defaults are used.",
    offers: "files",
  },
} as const satisfies Flags;

export const expirationFlags = { ...renewFlags, ...objectFlags } as const satisfies Flags;

export const requestFlags = {
  "cert-dir": {
    type: "string",
    usage: "Directory for keys and requests; by default that of the configuration.",
    offers: "directories",
  },
  config: { type: "string", usage: "File with an InitConfiguration and a ClusterConfiguration.", offers: "files" },
  "kubeconfig-dir": {
    type: "string",
    default: kubernetesDirectory,
    usage: "Directory for the kubeconfigs and their requests.",
    offers: "directories",
  },
} as const satisfies Flags;

type With<F extends Flags> = Invocation<Flags> & { readonly flags: ValuesOf<F> };
export type RenewInvocation = With<typeof renewFlags>;
export type ExpirationInvocation = With<typeof expirationFlags>;
export type RequestInvocation = With<typeof requestFlags>;
