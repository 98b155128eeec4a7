import type { Events } from "../../../events/events.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { commandFlags, flagsByName } from "../../../kubeadm/flags/flag-table.ts";
import { initFlags } from "../../../kubeadm/flags/init-flags.ts";
import { runFlags } from "../../../kubeadm/flags/shared-flags.ts";
import { initPhases } from "../../../phases/init/index.ts";
import { init } from "../../../phases/init/init.ts";
import { defined } from "../../../values/defined.ts";
import type { CommandSpec, Invocation } from "../../line/command.ts";
import { givenFlags } from "../../line/given-flags.ts";
import { runSession } from "../../session.ts";
import { workflowMachine } from "../machine.ts";
import { phaseCommands, phaseLines } from "../phase-commands.ts";
import { initSummary } from "../summaries.ts";

const initDescription = `Sets up this machine as the first control plane node of a new Kubernetes cluster.

The machine needs a container runtime, the kubelet, and the images that "kubeadm config images list" prints. For a cluster with several control plane nodes, set --control-plane-endpoint from the start: an address that reaches all of them, for example that of a load balancer.

The last lines of output show the commands that join other machines. Pods need a network addon, which you install next.`;

/** `init` with its `phase` commands, all made from the phases. */
export const initCommand: CommandSpec = {
  ...initSummary,
  long: initDescription,
  args: { kind: "none" },
  flags: { ...commandFlags(initFlags), ...runFlags },
  phases: phaseLines(initPhases),
  commands: [
    phaseCommands({
      parent: initSummary.name,
      args: { kind: "none" },
      phases: initPhases,
      flags: flagsByName(initFlags),
      commonFlags: runFlags,
      run: (only, invocation) => run(invocation, only),
    }),
  ],
  changesMachine: true,
  run: (invocation) => run(invocation),
};

function run(invocation: Invocation<Flags>, only?: string): Promise<number> {
  return runSession(invocation, (events) => runInit(invocation, { events, ...defined({ only }) }));
}

async function runInit(
  invocation: Invocation<Flags>,
  { events, only }: { readonly events: Events; readonly only?: string },
): Promise<void> {
  const { ports } = invocation;
  const { workingDirectory, ...machine } = await workflowMachine(invocation);
  const flags = { ...givenFlags(initFlags, invocation, workingDirectory), workingDirectory };
  await init({ flags, ...defined({ only }) }, { ...machine, events, signal: ports.signal });
}
