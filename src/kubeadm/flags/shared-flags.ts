import { knownCriSockets } from "../config/fields/cri-socket.ts";
import type { FlagSpec, Flags } from "./flag.ts";

/** The flags of every command. */
export const globalFlags = {
  rootfs: {
    type: "string",
    usage: "Use the system in this directory instead of this machine's own files.",
    offers: "directories",
    besideConfig: true,
  },
  v: {
    type: "level",
    shorthand: "v",
    usage: "Log level: 0 steps, 1 checks, 2 changes, 6 requests.",
    offers: ["0", "1", "2", "5", "6", "8"],
    besideConfig: true,
  },
  vmodule: {
    type: "moduleSpec",
    usage: "Log levels for single areas, as a comma-separated list of pattern=N.",
    offers: "nothing",
  },
} as const satisfies Flags;

/** The flag of every command that reports its run as events. */
export const outputFlag = {
  output: {
    isOurs: true,
    type: "string",
    shorthand: "o",
    default: "text",
    usage: "Output format: text, or json for one event per line.",
    offers: ["text", "json"],
    besideConfig: true,
  },
} as const satisfies Flags;

/** Flags of the commands that print objects; names and defaults are upstream's. */
export const objectFlags = {
  "allow-missing-template-keys": {
    type: "bool",
    default: true,
    besideConfig: true,
    usage: "With a template: omit fields and map keys that the object does not have instead of failing.",
  },
  output: {
    type: "string",
    shorthand: "o",
    default: "text",
    usage:
      "Form of the output: text, json, yaml, kyaml, or what a template makes of it: go-template=TEMPLATE, go-template-file=FILE, jsonpath=TEMPLATE, jsonpath-as-json=TEMPLATE, jsonpath-file=FILE.",
    offers: [
      "text",
      "json",
      "yaml",
      "kyaml",
      "go-template=",
      "go-template-file=",
      "jsonpath=",
      "jsonpath-as-json=",
      "jsonpath-file=",
    ],
    besideConfig: true,
  },
  "show-managed-fields": {
    type: "bool",
    usage: "Show managedFields in JSON and YAML. The objects printed here have no managedFields.",
    besideConfig: true,
  },
} as const satisfies Flags;

/** The flag of every command whose run can be shown as a page. */
export const reportFlag = {
  report: {
    isOurs: true,
    type: "string",
    usage: "Write a report of the run to this `file`, as one HTML page with mode 0600.",
    offers: "files",
    besideConfig: true,
  },
} as const satisfies Flags;

/** The flags of init, join, reset, upgrade apply and upgrade node, and of their phases, for the events of the run. */
export const runFlags = { ...outputFlag, ...reportFlag } as const satisfies Flags;

// Flags that several commands share.

export const criSocket = {
  type: "string",
  usage:
    "Path of the container runtime's CRI socket. Needed only if several runtimes are installed, or if the socket has a nonstandard path.",
  offers: knownCriSockets,
} as const satisfies FlagSpec;

export const dryRun = {
  type: "bool",
  usage: "Print what would be done, and change nothing.",
  besideConfig: true,
} as const satisfies FlagSpec;

/**
 * Returns the flag of a command whose preflight makes these checks; its help names the `examples`. The help is part of the
 * type, from which the declarations of the library get their docstrings.
 */
export function ignorePreflightErrors<const Examples extends string>(checks: readonly string[], examples: Examples) {
  return {
    type: "strings",
    usage: `Checks whose errors are shown as warnings, for example ${examples}. all: every check.`,
    offers: ["all", ...checks],
    besideConfig: true,
  } as const satisfies FlagSpec;
}

/** The flag of init and join: the checks that users ignore most often. There are more, named after files and ports. */
export const ignoreChecksOfNewNode = ignorePreflightErrors(
  [
    "CRI",
    "FileContent--proc-sys-net-ipv4-ip_forward",
    "Hostname",
    "ImagePull",
    "IsPrivilegedUser",
    "KubeletVersion",
    "Mem",
    "NumCPU",
    "Port-10250",
    "Port-6443",
    "Swap",
    "SystemVerification",
  ],
  "IsPrivilegedUser,Swap",
);

export const nodeName = {
  type: "string",
  usage: "Name of the Node object. Default: this machine's hostname.",
  offers: "nothing",
  besideConfig: true,
} as const satisfies FlagSpec;

export const patches = {
  type: "string",
  usage:
    "Directory with patch files named target[suffix][+patchtype].extension. Targets: kube-apiserver, kube-controller-manager, kube-scheduler, etcd, kubeletconfiguration, corednsdeployment, kubeproxydaemonset. Patch types: strategic (default), merge, json. Extensions: json, yaml.",
  offers: "directories",
} as const satisfies FlagSpec;

export const skipPhases = {
  type: "strings",
  usage: "Phases to skip.",
  offers: "phases",
  besideConfig: true,
} as const satisfies FlagSpec;

export const wait = {
  isOurs: true,
  type: "duration",
  noOptDefault: "10m0s",
  usage: "Wait this long for another kubeadm run on this machine to finish, instead of failing immediately.",
  besideConfig: true,
  offers: "nothing",
} as const;
