import { defaultTokenGroup, defaultTokenTtlMs, tokenUsages } from "../../../kubeadm/config/fields/bootstrap-token.ts";
import type { Flags, ValuesOf } from "../../../kubeadm/flags/flag.ts";
import { dryRun } from "../../../kubeadm/flags/shared-flags.ts";
import type { Invocation } from "../../line/command.ts";
import type { objectFlags } from "../../print/object-printer.ts";

/** Of all token commands; names, types and defaults are upstream's, here and below. */
export const tokenFlags = {
  "dry-run": dryRun,
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage:
      "Kubeconfig to talk to the cluster with. Where the flag is not given: the files of $KUBECONFIG or ~/.kube/config, then admin.conf, whichever is there.",
    besideConfig: true,
    offers: "files",
  },
} as const satisfies Flags;

export const createFlags = {
  "certificate-key": {
    type: "secret",
    usage: "With --print-join-command: print the line for a control plane, with this key for the shared certificates.",
    offers: "nothing",
  },
  config: {
    type: "string",
    usage: "File with an InitConfiguration: all its bootstrapTokens are made.",
    besideConfig: true,
    offers: "files",
  },
  description: { type: "string", usage: "What the token is for, in your words.", offers: "nothing" },
  groups: {
    type: "strings",
    default: [defaultTokenGroup],
    usage: "Groups that whoever shows the token belongs to; each begins with system:bootstrappers:.",
    offers: [defaultTokenGroup],
  },
  "print-join-command": {
    type: "bool",
    usage: "Print the whole `kubeadm join` line instead of the token alone.",
    besideConfig: true,
  },
  ttl: {
    type: "duration",
    default: defaultTokenTtlMs,
    usage: "How long the token is valid (1s, 2m, 3h); 0 means for ever.",
    offers: ["24h", "0"],
  },
  usages: {
    type: "strings",
    default: tokenUsages,
    usage: "What the token may be used for: signing, authentication.",
    offers: tokenUsages,
  },
} as const satisfies Flags;

export type TokenInvocation = Invocation<Flags> & { readonly flags: ValuesOf<typeof tokenFlags> };
export type TokenCreateInvocation = TokenInvocation & { readonly flags: ValuesOf<typeof createFlags> };
export type TokenListInvocation = TokenInvocation & { readonly flags: ValuesOf<typeof objectFlags> };
