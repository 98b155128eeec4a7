import type { CommandSpec } from "../../line/command.ts";
import { kubeconfigSummary } from "../summaries.ts";
import { type UserInvocation, userFlags } from "./flags.ts";

/** `kubeadm kubeconfig` and its subcommands. */
export const kubeconfigCommand: CommandSpec = {
  ...kubeconfigSummary,
  long: "Creates kubeconfig files for additional users.",
  commands: [
    {
      name: "user",
      short: "Print a kubeconfig file for an additional user",
      long: `Prints a kubeconfig file for an additional user, with a client certificate signed by the CA on this machine, or with a token. The file contains credentials: protect it like a private key.

The command sends no requests to the cluster: values that the configuration does not set come from this machine.`,
      example: `  # For the user joe, with this machine's defaults:
  kubeadm kubeconfig user --client-name joe > joe.conf

  # For the user joe in the group dev, valid for eight hours, with the endpoint from
  # the configuration file:
  kubeadm kubeconfig user --client-name joe --org dev --validity-period 8h --config kubeadm-config.yaml`,
      args: { kind: "none" },
      flags: userFlags,
      // Dispatch builds the values from these flags.
      run: async (invocation) => (await import("./user.ts")).printUserKubeconfig(invocation as UserInvocation),
    },
  ],
};
