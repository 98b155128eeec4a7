import type { CommandSpec } from "../../line/command.ts";
import { configSummary } from "../summaries.ts";
import {
  configFlags,
  type ImagesListInvocation,
  type ImagesPullInvocation,
  type InitDefaultsInvocation,
  initDefaultsFlags,
  listFlags,
  type MigrateInvocation,
  migrateFlags,
  pullFlags,
  type ValidateInvocation,
  validateFlags,
} from "./flags.ts";

const noArguments = { args: { kind: "none" } } as const;

const printCommands: readonly CommandSpec[] = [
  {
    name: "init-defaults",
    short: "Print the defaults of kubeadm init as a file",
    long: "Prints a complete InitConfiguration and ClusterConfiguration with their defaults; addresses and the token are placeholders.",
    ...noArguments,
    flags: initDefaultsFlags,
    // Dispatch builds the values from these very flags, here and below.
    run: async (invocation) => (await import("./print.ts")).printInitDefaults(invocation as InitDefaultsInvocation),
  },
  {
    name: "join-defaults",
    short: "Print the defaults of kubeadm join as a file",
    long: "Prints a complete JoinConfiguration with its defaults; the token and the API server's address are placeholders.",
    ...noArguments,
    run: async (invocation) => (await import("./print.ts")).printJoinDefaults(invocation),
  },
  {
    name: "reset-defaults",
    short: "Print the defaults of kubeadm reset as a file",
    long: "Prints a complete ResetConfiguration with its defaults.",
    ...noArguments,
    run: async (invocation) => (await import("./print.ts")).printResetDefaults(invocation),
  },
  {
    name: "upgrade-defaults",
    short: "Print the defaults of kubeadm upgrade as a file",
    long: "Prints a complete UpgradeConfiguration with its defaults.",
    ...noArguments,
    run: async (invocation) => (await import("./print.ts")).printUpgradeDefaults(invocation),
  },
];

const imagesCommands: readonly CommandSpec[] = [
  {
    name: "list",
    short: "Print the images that a control plane needs",
    long: "Prints the images that a control plane needs. No server is asked: a label such as stable-1 stands for this program's own version.",
    ...noArguments,
    flags: listFlags,
    run: async (invocation) => (await import("./images.ts")).listImages(invocation as ImagesListInvocation),
  },
  {
    name: "pull",
    short: "Pull the images that a control plane needs",
    long: "Has this machine's container runtime pull the images that a control plane needs, one after the other.",
    ...noArguments,
    flags: pullFlags,
    run: async (invocation) => (await import("./images.ts")).pullImages(invocation as ImagesPullInvocation),
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
      run: async (invocation) => (await import("./convert.ts")).migrate(invocation as MigrateInvocation),
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
      run: async (invocation) => (await import("./convert.ts")).validate(invocation as ValidateInvocation),
    },
  ],
};
