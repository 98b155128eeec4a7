import type { Events } from "../../../events/events.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { commandFlags, flagsByName } from "../../../kubeadm/flags/flag-table.ts";
import { joinFlags } from "../../../kubeadm/flags/join-flags.ts";
import { outputFlag } from "../../../kubeadm/flags/shared-flags.ts";
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

const joinDescription = `Makes this machine a node of an existing Kubernetes cluster.

A new node and its cluster first have to trust each other. The node must know that it talks to the cluster that is meant (discovery), and the cluster must let the node in (TLS bootstrap).

Discovery goes one of two ways. With a token and the address of an API server, the node fetches the cluster's public description from there. The token proves that the description is genuine; --discovery-token-ca-cert-hash proves besides that the cluster has the expected CA, and should always be given: "kubeadm token create --print-join-command" on a control plane prints the whole line. Without a hash, --discovery-token-unsafe-skip-ca-verification has to say that this is intended. Anybody who knows the token could then pass another cluster off as this one. The other way is --discovery-file: a kubeconfig file, on this machine or at an https URL, that came here by a trusted way. From a URL it may not name files and programs of this machine, unless --discovery-file-unsafe-local-access allows that. No argument is given then.

For the TLS bootstrap the node shows a token once, and receives a certificate of its own. This is the token of --tls-bootstrap-token, or else the discovery token; --token stands for both.`;

/** `join` with its `phase` commands, all made from the phases. */
export const joinCommand: CommandSpec = {
  ...joinSummary,
  argument,
  long: joinDescription,
  args: { kind: "at-most", count: 1 },
  flags: { ...commandFlags(joinFlags), ...outputFlag },
  phases: phaseLines(joinPhases),
  commands: [
    phaseCommands({
      parent: joinSummary.name,
      argument,
      phases: joinPhases,
      flags: flagsByName(joinFlags),
      commonFlags: outputFlag,
      run: (only, invocation) => run(invocation, only),
    }),
  ],
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
