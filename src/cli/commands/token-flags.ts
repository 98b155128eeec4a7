import { defaultTokenGroup, defaultTokenTtlMs, tokenUsages } from "../../kubeadm/apis/token-defaults.ts";
import type { Invocation } from "../command.ts";
import type { Flags, ValuesOf } from "../flag.ts";
import type { objectFlags } from "../print/object-printer.ts";

/** Of all token commands; names, types and defaults are upstream's, here and below. */
export const tokenFlags = {
  "dry-run": { type: "bool", usage: "Change nothing; print what would be done." },
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage:
      "Kubeconfig to talk to the cluster with. Where the flag is not given: the files of $KUBECONFIG or ~/.kube/config, then admin.conf, whichever is there.",
  },
} as const satisfies Flags;

export const createFlags = {
  "certificate-key": {
    type: "secret",
    usage: "With --print-join-command: print the line for a control plane, with this key for the shared certificates.",
  },
  config: { type: "string", usage: "File with an InitConfiguration: all its bootstrapTokens are made." },
  description: { type: "string", usage: "What the token is for, in your words." },
  groups: {
    type: "strings",
    default: [defaultTokenGroup],
    usage: "Groups that whoever shows the token belongs to; each begins with system:bootstrappers:.",
  },
  "print-join-command": { type: "bool", usage: "Print the whole `kubeadm join` line instead of the token alone." },
  ttl: {
    type: "duration",
    default: defaultTokenTtlMs,
    usage: "How long the token is valid (1s, 2m, 3h); 0 means for ever.",
  },
  usages: {
    type: "strings",
    default: tokenUsages,
    usage: "What the token may be used for: signing, authentication.",
  },
} as const satisfies Flags;

export type TokenInvocation = Invocation<Flags> & { readonly flags: ValuesOf<typeof tokenFlags> };
export type TokenCreateInvocation = TokenInvocation & { readonly flags: ValuesOf<typeof createFlags> };
export type TokenListInvocation = TokenInvocation & { readonly flags: ValuesOf<typeof objectFlags> };
