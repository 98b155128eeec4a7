import type { CommandSpec } from "../../line/command.ts";
import { kubeconfigSummary } from "../summaries.ts";
import { type UserInvocation, userFlags } from "./flags.ts";

/** `kubeadm kubeconfig` and what is below it. */
export const kubeconfigCommand: CommandSpec = {
  ...kubeconfigSummary,
  long: "Makes kubeconfigs for users beside those that kubeadm writes for itself.",
  commands: [
    {
      name: "user",
      short: "Print a kubeconfig for a further user",
      long: `Prints a kubeconfig for a further user, with a client certificate that the CA of this machine signs, or with a token. It holds the credentials: keep it as you would keep a key.

The cluster is not asked; what the configuration does not say is taken from this machine.`,
      example: `  # For joe, with this machine's defaults:
  kubeadm kubeconfig user --client-name joe > joe.conf

  # For joe of the group dev, for eight hours, with the endpoint of the configuration:
  kubeadm kubeconfig user --client-name joe --org dev --validity-period 8h --config kubeadm-config.yaml`,
      args: { kind: "none" },
      flags: userFlags,
      // Dispatch builds the values from these very flags.
      run: async (invocation) => (await import("./user.ts")).printUserKubeconfig(invocation as UserInvocation),
    },
  ],
};
