import { namesOf } from "../../../kubeadm/config/reference/configuration-kinds.ts";
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
  type PrintInvocation,
  printFlags,
  pullFlags,
  type SchemaInvocation,
  type ValidateInvocation,
  validateFlags,
} from "./flags.ts";
import { versionFlag } from "./version-flag.ts";

const noArguments = { args: { kind: "none" } } as const;

const printCommands: readonly CommandSpec[] = [
  {
    name: "init-defaults",
    short: "Print the default configuration of kubeadm init",
    long: "Prints an InitConfiguration and a ClusterConfiguration with all defaults. The addresses and the token are placeholders.",
    ...noArguments,
    flags: initDefaultsFlags,
    // Dispatch builds the values from these flags, here and below.
    run: async (invocation) => (await import("./print.ts")).printInitDefaults(invocation as InitDefaultsInvocation),
  },
  {
    name: "join-defaults",
    short: "Print the default configuration of kubeadm join",
    long: "Prints a JoinConfiguration with all defaults. The token and the API server's address are placeholders.",
    ...noArguments,
    flags: printFlags,
    run: async (invocation) => (await import("./print.ts")).printJoinDefaults(invocation as PrintInvocation),
  },
  {
    name: "reset-defaults",
    short: "Print the default configuration of kubeadm reset",
    long: "Prints a ResetConfiguration with all defaults.",
    ...noArguments,
    flags: printFlags,
    run: async (invocation) => (await import("./print.ts")).printResetDefaults(invocation as PrintInvocation),
  },
  {
    name: "upgrade-defaults",
    short: "Print the default configuration of kubeadm upgrade",
    long: "Prints an UpgradeConfiguration with all defaults.",
    ...noArguments,
    flags: printFlags,
    run: async (invocation) => (await import("./print.ts")).printUpgradeDefaults(invocation as PrintInvocation),
  },
];

const imagesCommands: readonly CommandSpec[] = [
  {
    name: "list",
    short: "List the images that a control plane needs",
    long: "Lists the images that a control plane needs. Version labels such as stable-1 are not looked up: they mean this program's own version.",
    ...noArguments,
    flags: listFlags,
    run: async (invocation) => (await import("./images.ts")).listImages(invocation as ImagesListInvocation),
  },
  {
    name: "pull",
    short: "Pull the images that a control plane needs",
    long: "Pulls the images that a control plane needs with this machine's container runtime, one after the other.",
    ...noArguments,
    flags: pullFlags,
    run: async (invocation) => (await import("./images.ts")).pullImages(invocation as ImagesPullInvocation),
  },
];

/** `kubeadm config` and its subcommands. */
export const configCommand: CommandSpec = {
  ...configSummary,
  long: `Prints, validates and migrates configuration files, and lists and pulls the images of a control plane.

The configuration of a cluster is stored in the cluster. To view it, run: \`kubectl -n kube-system get cm kubeadm-config -o yaml\``,
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
      short: "Migrate a configuration file to the current version",
      long: "Reads a configuration file of an older version, validates it, and writes it in the current version (kubeadm.k8s.io/v1beta4), including defaults. KubeletConfiguration and KubeProxyConfiguration documents are validated but not written.",
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
      name: "schema",
      argument: "[kind]",
      argumentValues: namesOf(({ kind }) => kind),
      short: "Print the JSON Schema of a kind of configuration",
      long: "Prints the JSON Schema (draft 2020-12) of a kind of configuration, or of all kinds: what kubeadm reads, with descriptions and defaults. Editors complete and check configuration files with it.",
      example: `  kubeadm config schema > kubeadm.schema.json
  kubeadm config schema ClusterConfiguration`,
      args: { kind: "at-most", count: 1 },
      flags: versionFlag,
      run: async (invocation) => (await import("./schema.ts")).printSchema(invocation as SchemaInvocation),
    },
    {
      name: "validate",
      short: "Validate a configuration file",
      long: "Validates a configuration file and prints ok or the errors found. Unknown fields are errors.",
      ...noArguments,
      flags: validateFlags,
      run: async (invocation) => (await import("./convert.ts")).validate(invocation as ValidateInvocation),
    },
  ],
};
