import type { CommandSpec, Invocation } from "../command.ts";
import type { Flags, ValuesOf } from "../flag.ts";
import { configSummary } from "./config-summary.ts";
import { objectFlags } from "./object-printer.ts";

const configFlags = {
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage: "Kubeconfig to talk to the cluster with. No command here does.",
  },
} as const satisfies Flags;

const imageFlags = {
  config: { type: "string", usage: "File with a ClusterConfiguration; the other flags do not count beside it." },
  "feature-gates": { type: "string", usage: "Feature gates as a list of key=value; none changes the images." },
  "image-repository": {
    type: "string",
    default: "registry.k8s.io",
    usage: "Registry and folder that the images come from.",
  },
  "kubernetes-version": { type: "string", default: "stable-1", usage: "Version of the cluster, v1.37.2 for one." },
} as const satisfies Flags;

const listFlags = { ...imageFlags, ...objectFlags } as const satisfies Flags;

const pullFlags = {
  ...imageFlags,
  "cri-socket": {
    type: "string",
    usage: "Socket of the container runtime. Needed only where several runtimes are installed.",
  },
} as const satisfies Flags;

const initDefaultsFlags = {
  "component-configs": {
    type: "strings",
    usage: "Components to print the configuration of, too: KubeProxyConfiguration, KubeletConfiguration.",
  },
} as const satisfies Flags;

const experimentalFlag = {
  "allow-experimental-api": { type: "bool", usage: "Take experimental versions of the configuration, too." },
} as const satisfies Flags;

const migrateFlags = {
  ...experimentalFlag,
  "new-config": { type: "string", usage: "File to write; without one the configuration is printed." },
  "old-config": { type: "string", usage: "File to convert." },
} as const satisfies Flags;

const validateFlags = {
  "allow-deprecated-api": { type: "bool", usage: "Do not warn of deprecated versions of the configuration." },
  ...experimentalFlag,
  config: { type: "string", usage: "File to check." },
} as const satisfies Flags;

type With<F extends Flags> = Invocation<Flags> & { readonly flags: ValuesOf<F> };
export type InitDefaultsInvocation = With<typeof initDefaultsFlags>;
export type MigrateInvocation = With<typeof migrateFlags>;
export type ValidateInvocation = With<typeof validateFlags>;
export type ImagesInvocation = With<typeof imageFlags>;
export type ImagesListInvocation = With<typeof listFlags>;
export type ImagesPullInvocation = With<typeof pullFlags>;

const noArguments = { args: { kind: "none" } } as const;

const printCommands: readonly CommandSpec[] = [
  {
    name: "init-defaults",
    short: "Print the defaults of kubeadm init as a file",
    long: "Prints a complete InitConfiguration and ClusterConfiguration with their defaults; addresses and the token are placeholders.",
    ...noArguments,
    flags: initDefaultsFlags,
    // Dispatch builds the values from these very flags, here and below.
    run: async (invocation) =>
      (await import("./config-print.ts")).printInitDefaults(invocation as InitDefaultsInvocation),
  },
  {
    name: "join-defaults",
    short: "Print the defaults of kubeadm join as a file",
    long: "Prints a complete JoinConfiguration with its defaults; the token and the API server's address are placeholders.",
    ...noArguments,
    run: async (invocation) => (await import("./config-print.ts")).printJoinDefaults(invocation),
  },
  {
    name: "reset-defaults",
    short: "Print the defaults of kubeadm reset as a file",
    long: "Prints a complete ResetConfiguration with its defaults.",
    ...noArguments,
    run: async (invocation) => (await import("./config-print.ts")).printResetDefaults(invocation),
  },
  {
    name: "upgrade-defaults",
    short: "Print the defaults of kubeadm upgrade as a file",
    long: "Prints a complete UpgradeConfiguration with its defaults.",
    ...noArguments,
    run: async (invocation) => (await import("./config-print.ts")).printUpgradeDefaults(invocation),
  },
];

const imagesCommands: readonly CommandSpec[] = [
  {
    name: "list",
    short: "Print the images that a control plane needs",
    long: "Prints the images that a control plane needs. No server is asked: a label such as stable-1 stands for this program's own version.",
    ...noArguments,
    flags: listFlags,
    run: async (invocation) => (await import("./config-images.ts")).listImages(invocation as ImagesListInvocation),
  },
  {
    name: "pull",
    short: "Pull the images that a control plane needs",
    long: "Has this machine's container runtime pull the images that a control plane needs, one after the other.",
    ...noArguments,
    flags: pullFlags,
    run: async (invocation) => (await import("./config-images.ts")).pullImages(invocation as ImagesPullInvocation),
  },
];

/** `kubeadm config` and what is below it. */
export const configCommand: CommandSpec = {
  ...configSummary,
  long: `Prints, checks and converts configuration files, and lists the images of a control plane.

What a cluster was made with is kept in it: \`kubectl -n kube-system get cm kubeadm-config -o yaml\` shows it.`,
  persistentFlags: configFlags,
  subcommandRequired: true,
  commands: [
    {
      name: "images",
      short: "List or pull the images of a control plane",
      subcommandRequired: true,
      commands: imagesCommands,
    },
    {
      name: "migrate",
      short: "Convert a configuration file to the current version",
      long: "Reads a configuration file of an older version, checks it, and writes it in the current one (kubeadm.k8s.io/v1beta4), defaults included. It is about JoinConfiguration and ResetConfiguration; configuration of components is left out.",
      example: "  kubeadm config migrate --old-config old.yaml --new-config new.yaml",
      ...noArguments,
      flags: migrateFlags,
      run: async (invocation) => (await import("./config-convert.ts")).migrate(invocation as MigrateInvocation),
    },
    {
      name: "print",
      short: "Print default configuration",
      subcommandRequired: true,
      commands: printCommands,
    },
    {
      name: "validate",
      short: "Check a configuration file",
      long: "Checks a configuration file and prints ok, or what is wrong with it; unknown fields are errors here. It is about JoinConfiguration and ResetConfiguration.",
      ...noArguments,
      flags: validateFlags,
      run: async (invocation) => (await import("./config-convert.ts")).validate(invocation as ValidateInvocation),
    },
  ],
};
