import { objectFlags } from "../../../kubeadm/flags/shared-flags.ts";
import type { CommandSpec } from "../../line/command.ts";
import { tokenSummary } from "../summaries.ts";
import {
  createFlags,
  type TokenCreateInvocation,
  type TokenInvocation,
  type TokenListInvocation,
  tokenFlags,
} from "./flags.ts";

/** `kubeadm token` and its subcommands. */
export const tokenCommand: CommandSpec = {
  ...tokenSummary,
  long: `Manages bootstrap tokens: short-lived secrets that a new node and the cluster use to establish trust.

A token has the form abcdef.0123456789abcdef. The part before the dot is the token ID, which is public; the part after the dot is secret. The cluster stores the token in the Secret bootstrap-token-<id> in the kube-system namespace and deletes it after it expires.`,
  persistentFlags: tokenFlags,
  subcommandRequired: true,
  commands: [
    {
      name: "create",
      argument: "[token]",
      short: "Create a bootstrap token in the cluster",
      long: "Creates a bootstrap token in the cluster and prints it. Without an argument, the token is random.",
      example: `  # Print the command to run on a machine that joins the cluster:
  kubeadm token create --print-join-command`,
      args: { kind: "any" },
      flags: createFlags,
      // Dispatch builds the values from these flags, here and below.
      run: async (invocation) => (await import("./create.ts")).runTokenCreate(invocation as TokenCreateInvocation),
    },
    {
      name: "delete",
      argument: "[token-value] ...",
      short: "Delete bootstrap tokens from the cluster",
      long: "Deletes bootstrap tokens, given as token IDs or complete tokens. They can no longer be used to join the cluster.",
      args: { kind: "any" },
      changesMachine: true,
      run: async (invocation) => (await import("./delete.ts")).runTokenDelete(invocation as TokenInvocation),
    },
    {
      name: "generate",
      short: "Print a random token, without creating it in a cluster",
      long: "Prints a random token for `kubeadm token create` or a configuration file. The command sends no requests to the cluster.",
      args: { kind: "none" },
      run: async ({ ports }) => {
        const { generateToken, tokenText } = await import("../../../kubeadm/tokens/generate-token.ts");
        ports.stdout.write(`${tokenText(generateToken()).reveal()}\n`);
        return 0;
      },
    },
    {
      name: "list",
      short: "List the bootstrap tokens in the cluster",
      long: "Lists the bootstrap tokens in the cluster, including their secrets: anyone who sees the list can join nodes.",
      args: { kind: "none" },
      flags: objectFlags,
      run: async (invocation) => (await import("./list.ts")).runTokenList(invocation as TokenListInvocation),
    },
  ],
};
