import type { Events } from "../../../events/events.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { commandFlags, flagsByName } from "../../../kubeadm/flags/flag-table.ts";
import { joinFlags } from "../../../kubeadm/flags/join-flags.ts";
import { runFlags } from "../../../kubeadm/flags/shared-flags.ts";
import { joinPhases } from "../../../phases/join/index.ts";
import { join } from "../../../phases/join/join.ts";
import { defined } from "../../../values/defined.ts";
import type { CommandSpec, Invocation } from "../../line/command.ts";
import { givenFlags } from "../../line/given-flags.ts";
import { runSession } from "../../session.ts";
import { workflowMachine } from "../machine.ts";
import { phaseCommands, phaseLines } from "../phase-commands.ts";
import { joinSummary } from "../summaries.ts";

const argument = "[api-server-endpoint]";

const joinDescription = `Joins this machine to an existing Kubernetes cluster.

A new node and the cluster must establish trust in both directions: the node must verify that it connects to the right cluster (discovery), and the cluster must accept the node (TLS bootstrapping).

Discovery works in one of two ways. With a token and the address of an API server, the node downloads the cluster information from that server. The token verifies that the information is authentic. --discovery-token-ca-cert-hash also verifies that the cluster has the expected CA. Always pass it: "kubeadm token create --print-join-command" prints the complete command on a control plane. To join without a hash, pass --discovery-token-unsafe-skip-ca-verification. Anyone who knows the token could then impersonate the cluster.

The other way is --discovery-file, without an API server argument: a kubeconfig file that you trust, on this machine or at an https URL. A file from a URL must not refer to files and programs on this machine, unless you pass --discovery-file-unsafe-local-access.

For TLS bootstrapping, the node authenticates with a token and receives its own client certificate. The token is --tls-bootstrap-token or, by default, the discovery token. --token sets both.`;

/** `join` with its `phase` commands, all made from the phases. */
export const joinCommand: CommandSpec = {
  ...joinSummary,
  argument,
  long: joinDescription,
  args: { kind: "at-most", count: 1 },
  flags: { ...commandFlags(joinFlags), ...runFlags },
  phases: phaseLines(joinPhases),
  commands: [
    phaseCommands({
      parent: joinSummary.name,
      args: { kind: "one", shown: argument },
      phases: joinPhases,
      flags: flagsByName(joinFlags),
      commonFlags: runFlags,
      run: (only, invocation) => run(invocation, only),
    }),
  ],
  changesMachine: true,
  run: (invocation) => run(invocation),
};

function run(invocation: Invocation<Flags>, only?: string): Promise<number> {
  return runSession(invocation, (events) => runJoin(invocation, { events, ...defined({ only }) }));
}

async function runJoin(
  invocation: Invocation<Flags>,
  { events, only }: { readonly events: Events; readonly only?: string },
): Promise<void> {
  const { args, ports } = invocation;
  const [{ workingDirectory, ...machine }, inspectServer, connectEtcd] = await Promise.all([
    workflowMachine(invocation),
    ports.inspectServer(),
    ports.connectEtcd(),
  ]);
  const flags = {
    ...givenFlags(joinFlags, invocation, workingDirectory),
    ...defined({ apiServerEndpoint: args[0] }),
    workingDirectory,
  };
  await join({ flags, ...defined({ only }) }, { ...machine, inspectServer, connectEtcd, events, signal: ports.signal });
}
