import type { CommandSpec } from "../../line/command.ts";
import { objectFlags } from "../../print/object-printer.ts";
import { tokenSummary } from "../summaries.ts";
import {
  createFlags,
  type TokenCreateInvocation,
  type TokenInvocation,
  type TokenListInvocation,
  tokenFlags,
} from "./flags.ts";

/** `kubeadm token` and what is below it. */
export const tokenCommand: CommandSpec = {
  ...tokenSummary,
  long: `Manages bootstrap tokens: short-lived passwords with which a new node and its cluster come to trust each other.

A token reads abcdef.0123456789abcdef. The part before the dot is its id, which is no secret; the part behind it is one. The cluster keeps it as the Secret bootstrap-token-<id> in the namespace kube-system, and removes it when it has expired.`,
  persistentFlags: tokenFlags,
  subcommandRequired: true,
  commands: [
    {
      name: "create",
      argument: "[token]",
      short: "Make a bootstrap token in the cluster",
      long: "Makes a bootstrap token in the cluster and prints it: the one that is given, or a random one.",
      example: `  # The line to type on a machine that is to become a node:
  kubeadm token create --print-join-command`,
      args: { kind: "any" },
      flags: createFlags,
      // Dispatch builds the values from these very flags, here and below.
      run: async (invocation) => (await import("./create.ts")).runTokenCreate(invocation as TokenCreateInvocation),
    },
    {
      name: "delete",
      argument: "[token-value] ...",
      short: "Delete bootstrap tokens from the cluster",
      long: "Deletes bootstrap tokens, named by their id or as a whole: from then on nobody can join with them.",
      args: { kind: "any" },
      run: async (invocation) => (await import("./delete.ts")).runTokenDelete(invocation as TokenInvocation),
    },
    {
      name: "generate",
      short: "Print a random token, without making it in any cluster",
      long: "Prints a random token that `kubeadm token create` or a configuration file takes. No cluster is asked.",
      args: { kind: "none" },
      run: async ({ ports }) => {
        const { generateToken, tokenText } = await import("../../../kubeadm/tokens/generate-token.ts");
        ports.stdout.write(`${tokenText(generateToken()).reveal()}\n`);
        return 0;
      },
    },
    {
      name: "list",
      short: "List the bootstrap tokens of the cluster",
      long: "Lists the bootstrap tokens of the cluster, whole: whoever sees the list can join nodes.",
      args: { kind: "none" },
      flags: objectFlags,
      run: async (invocation) => (await import("./list.ts")).runTokenList(invocation as TokenListInvocation),
    },
  ],
};
