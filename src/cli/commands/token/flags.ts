import { defaultTokenGroup, defaultTokenTtlMs, tokenUsages } from "../../../kubeadm/config/fields/bootstrap-token.ts";
import type { Flags, ValuesOf } from "../../../kubeadm/flags/flag.ts";
import { dryRun, type objectFlags } from "../../../kubeadm/flags/shared-flags.ts";
import type { InvocationWith } from "../../line/command.ts";

/** Flags of all token commands. Names, types and defaults are upstream's, here and below. */
export const tokenFlags = {
  "dry-run": dryRun,
  kubeconfig: {
    type: "string",
    default: "/etc/kubernetes/admin.conf",
    usage:
      "Kubeconfig file to use for requests to the cluster. If the flag is not set, kubeadm uses the first that exists of $KUBECONFIG or ~/.kube/config, and admin.conf.",
    besideConfig: true,
    offers: "files",
  },
} as const satisfies Flags;

export const createFlags = {
  "certificate-key": {
    type: "secret",
    usage:
      "With --print-join-command: print the command for joining a control plane node, with this key for the shared certificates.",
    offers: "nothing",
  },
  config: {
    type: "string",
    usage: "File with an InitConfiguration. All its bootstrapTokens are created.",
    besideConfig: true,
    offers: "files",
  },
  description: { type: "string", usage: "Description of what the token is for.", offers: "nothing" },
  groups: {
    type: "strings",
    default: [defaultTokenGroup],
    usage: "Groups that the token authenticates as. Each must begin with system:bootstrappers:.",
    offers: [defaultTokenGroup],
  },
  "print-join-command": {
    type: "bool",
    usage: "Print the complete 'kubeadm join' command instead of only the token.",
    besideConfig: true,
  },
  ttl: {
    type: "duration",
    default: defaultTokenTtlMs,
    usage: "How long the token is valid, for example 1s, 2m or 3h. 0: the token never expires.",
    offers: ["24h", "0"],
  },
  usages: {
    type: "strings",
    default: tokenUsages,
    usage: "What the token can be used for: signing, authentication.",
    offers: tokenUsages,
  },
} as const satisfies Flags;

export type TokenInvocation = InvocationWith<typeof tokenFlags>;
export type TokenCreateInvocation = TokenInvocation & { readonly flags: ValuesOf<typeof createFlags> };
export type TokenListInvocation = TokenInvocation & { readonly flags: ValuesOf<typeof objectFlags> };
