import type { Flags } from "../flag.ts";

/** Every flag of `reset` and of its phases; names, types and defaults are upstream's. */
export const resetFlags = {
  "cert-dir": {
    type: "string",
    default: "/etc/kubernetes/pki",
    usage: "Directory with the cluster's certificates; what is in it is deleted.",
  },
  "cleanup-tmp-dir": { type: "bool", usage: "Delete what is in /etc/kubernetes/tmp as well." },
  config: { type: "string", usage: "File with a ResetConfiguration." },
  "cri-socket": {
    type: "string",
    usage:
      "Socket of the container runtime. Needed only where several runtimes are installed, or one at an unusual path.",
  },
  "dry-run": { type: "bool", usage: "Change nothing; print what would be done." },
  force: { type: "bool", shorthand: "f", usage: "Do not ask whether to go on." },
  "ignore-preflight-errors": {
    type: "strings",
    usage: "Checks whose errors are only warned of, for example IsPrivilegedUser; all means every check.",
  },
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage: "Kubeconfig to ask the cluster with; where it does not exist the cluster is not asked.",
  },
  "skip-phases": { type: "strings", usage: "Phases to leave out." },
} as const satisfies Flags;
