import { componentKinds } from "../../../kubeadm/config/components/common-fields.ts";
import type { Flags, ValuesOf } from "../../../kubeadm/flags/flag.ts";
import { criSocket } from "../../../kubeadm/flags/shared-flags.ts";
import { kubernetesVersion } from "../../../kubeadm/version.ts";
import type { Invocation } from "../../line/command.ts";
import { objectFlags } from "../../print/object-printer.ts";

/** Of all config commands; names, types and defaults are upstream's, here and below. */
export const configFlags = {
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage: "Kubeconfig to talk to the cluster with. No command here does.",
    offers: "files",
  },
} as const satisfies Flags;

const imageFlags = {
  config: {
    type: "string",
    usage: "File with a ClusterConfiguration; the other flags do not count beside it.",
    offers: "files",
  },
  "feature-gates": {
    type: "string",
    usage: "Feature gates as a list of key=value; none changes the images.",
    offers: ["RootlessControlPlane=true", "RootlessControlPlane=false"],
  },
  "image-repository": {
    type: "string",
    default: "registry.k8s.io",
    usage: "Registry and folder that the images come from.",
    offers: ["registry.k8s.io"],
  },
  "kubernetes-version": {
    type: "string",
    default: "stable-1",
    usage: "Version of the cluster, v1.37.2 for one.",
    offers: [kubernetesVersion, "stable-1"],
  },
} as const satisfies Flags;

export const listFlags = { ...imageFlags, ...objectFlags } as const satisfies Flags;

export const pullFlags = {
  ...imageFlags,
  "cri-socket": {
    ...criSocket,
    usage: "Socket of the container runtime. Needed only where several runtimes are installed.",
  },
} as const satisfies Flags;

export const initDefaultsFlags = {
  "component-configs": {
    type: "strings",
    usage: "Components to print the configuration of, too: KubeProxyConfiguration, KubeletConfiguration.",
    offers: componentKinds,
  },
} as const satisfies Flags;

const experimentalFlag = {
  "allow-experimental-api": { type: "bool", usage: "Take experimental versions of the configuration, too." },
} as const satisfies Flags;

export const migrateFlags = {
  ...experimentalFlag,
  "new-config": { type: "string", usage: "File to write; without one the configuration is printed.", offers: "files" },
  "old-config": { type: "string", usage: "File to convert.", offers: "files" },
} as const satisfies Flags;

export const validateFlags = {
  "allow-deprecated-api": { type: "bool", usage: "Do not warn of deprecated versions of the configuration." },
  ...experimentalFlag,
  config: { type: "string", usage: "File to check.", offers: "files" },
} as const satisfies Flags;

type With<F extends Flags> = Invocation<Flags> & { readonly flags: ValuesOf<F> };
export type InitDefaultsInvocation = With<typeof initDefaultsFlags>;
export type MigrateInvocation = With<typeof migrateFlags>;
export type ValidateInvocation = With<typeof validateFlags>;
export type ImagesInvocation = With<typeof imageFlags>;
export type ImagesListInvocation = With<typeof listFlags>;
export type ImagesPullInvocation = With<typeof pullFlags>;
