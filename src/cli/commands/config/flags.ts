import { componentKinds } from "../../../kubeadm/config/components/common-fields.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { criSocket, objectFlags } from "../../../kubeadm/flags/shared-flags.ts";
import { kubernetesVersion } from "../../../kubeadm/version.ts";
import type { InvocationWith } from "../../line/command.ts";
import type { versionFlag } from "./version-flag.ts";

/** Flags of all config commands. Names, types and defaults are upstream's, here and below. */
export const configFlags = {
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage: "Kubeconfig file for requests to the cluster. None of these commands sends requests.",
    offers: "files",
  },
} as const satisfies Flags;

const imageFlags = {
  config: {
    type: "string",
    usage: "File with a ClusterConfiguration. With it, the other flags are ignored.",
    offers: "files",
  },
  "feature-gates": {
    type: "string",
    usage: "Feature gates, as a list of key=value pairs. None of them changes the images.",
    offers: ["RootlessControlPlane=true", "RootlessControlPlane=false"],
  },
  "image-repository": {
    type: "string",
    default: "registry.k8s.io",
    usage: "Registry and path to pull the images from.",
    offers: ["registry.k8s.io"],
  },
  "kubernetes-version": {
    type: "string",
    default: "stable-1",
    usage: "Kubernetes version of the cluster, for example v1.37.2.",
    offers: [kubernetesVersion, "stable-1"],
  },
} as const satisfies Flags;

export const listFlags = { ...imageFlags, ...objectFlags } as const satisfies Flags;

export const pullFlags = {
  ...imageFlags,
  "cri-socket": {
    ...criSocket,
    usage: "Path of the container runtime's CRI socket. Needed only if several runtimes are installed.",
  },
} as const satisfies Flags;

/** Where the packages install the schema of all kinds. */
export const installedSchema = "/usr/share/kubeadm/kubeadm.schema.json";

export const printFlags = {
  "schema-comment": {
    type: "string",
    isOurs: true,
    noOptDefault: installedSchema,
    usage: "Begin each document with a comment that tells editors the `address` of the JSON Schema: a path or a URL.",
    offers: "files",
  },
} as const satisfies Flags;

export const initDefaultsFlags = {
  ...printFlags,
  "component-configs": {
    type: "strings",
    usage: "Component configurations to print as well: KubeProxyConfiguration, KubeletConfiguration.",
    offers: componentKinds,
  },
} as const satisfies Flags;

const experimentalFlag = {
  "allow-experimental-api": { type: "bool", usage: "Accept experimental API versions." },
} as const satisfies Flags;

export const migrateFlags = {
  ...experimentalFlag,
  "new-config": { type: "string", usage: "File to write. Default: standard output.", offers: "files" },
  "old-config": { type: "string", usage: "File to migrate.", offers: "files" },
} as const satisfies Flags;

export const validateFlags = {
  "allow-deprecated-api": { type: "bool", usage: "Do not warn about deprecated API versions." },
  ...experimentalFlag,
  config: { type: "string", usage: "File to validate.", offers: "files" },
} as const satisfies Flags;

export type SchemaInvocation = InvocationWith<typeof versionFlag>;
export type PrintInvocation = InvocationWith<typeof printFlags>;
export type InitDefaultsInvocation = InvocationWith<typeof initDefaultsFlags>;
export type MigrateInvocation = InvocationWith<typeof migrateFlags>;
export type ValidateInvocation = InvocationWith<typeof validateFlags>;
export type ImagesInvocation = InvocationWith<typeof imageFlags>;
export type ImagesListInvocation = InvocationWith<typeof listFlags>;
export type ImagesPullInvocation = InvocationWith<typeof pullFlags>;
