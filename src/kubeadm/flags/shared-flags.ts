import { knownCriSockets } from "../config/fields/cri-socket.ts";
import type { FlagSpec, Flags } from "./flag.ts";

/** The flags that every command takes. */
export const globalFlags = {
  rootfs: {
    type: "string",
    usage: "Work on the system in this directory instead of on this machine's own files.",
    offers: "directories",
    besideConfig: true,
  },
  v: {
    type: "level",
    shorthand: "v",
    usage: "How much to tell: 0 the steps, 1 the checks, 2 changes, 6 requests.",
    offers: ["0", "1", "2", "5", "6", "8"],
    besideConfig: true,
  },
  vmodule: {
    type: "moduleSpec",
    usage: "Other levels for single areas, as a comma-separated list of pattern=N.",
    offers: "nothing",
  },
} as const satisfies Flags;

/** The flag of every command whose run is told in events. */
export const outputFlag = {
  output: {
    type: "string",
    shorthand: "o",
    default: "text",
    usage: "How to tell the run: text for people, json for one event a line.",
    offers: ["text", "json"],
    besideConfig: true,
  },
} as const satisfies Flags;

// Flags of several commands.

export const criSocket = {
  type: "string",
  usage:
    "Socket of the container runtime. Needed only where several runtimes are installed, or one at an unusual path.",
  offers: knownCriSockets,
} as const satisfies FlagSpec;

export const dryRun = {
  type: "bool",
  usage: "Change nothing; print what would be done.",
  besideConfig: true,
} as const satisfies FlagSpec;

export const ignorePreflightErrors = {
  type: "strings",
  usage: "Checks whose errors are only warned of, for example IsPrivilegedUser,Swap; all means every check.",
  // Those that operators ignore most; there are more, named after files and ports.
  offers: [
    "all",
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
  besideConfig: true,
} as const satisfies FlagSpec;

export const nodeName = {
  type: "string",
  usage: "Name of the Node object. Empty: this machine's host name.",
  offers: "nothing",
  besideConfig: true,
} as const satisfies FlagSpec;

export const patches = {
  type: "string",
  usage:
    "Directory with patches, in files named target[suffix][+patchtype].extension. Targets: kube-apiserver, kube-controller-manager, kube-scheduler, etcd, kubeletconfiguration, corednsdeployment, kubeproxydaemonset; types: strategic (taken if none is named), merge, json; extensions: json, yaml.",
  offers: "directories",
} as const satisfies FlagSpec;

export const skipPhases = {
  type: "strings",
  usage: "Phases to leave out.",
  offers: "phases",
  besideConfig: true,
} as const satisfies FlagSpec;
