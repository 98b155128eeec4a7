import type { Events } from "../../../events/events.ts";
import { goQuote } from "../../../go/quote.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { commandFlags, flagsByName } from "../../../kubeadm/flags/flag-table.ts";
import { resetFlags } from "../../../kubeadm/flags/reset-flags.ts";
import { runFlags } from "../../../kubeadm/flags/shared-flags.ts";
import { resetPhases } from "../../../phases/reset/index.ts";
import { reset } from "../../../phases/reset/reset.ts";
import { defined } from "../../../values/defined.ts";
import type { CommandSpec, Invocation } from "../../line/command.ts";
import { givenFlags } from "../../line/given-flags.ts";
import { runSession } from "../../session.ts";
import { workflowMachine } from "../machine.ts";
import { phaseCommands, phaseLines } from "../phase-commands.ts";
import { resetSummary } from "../summaries.ts";

/** `reset` with its `phase` commands, all made from the phases. */
export const resetCommand: CommandSpec = {
  ...resetSummary,
  long: `Reverts the changes that "kubeadm init" or "kubeadm join" made on this machine: stops the kubelet, removes all pods from the container runtime, and deletes the files of the cluster and of the kubelet.

It does not remove what other programs may use as well: CNI configuration, packet filter rules, network interfaces, and kubeconfig files in home directories. The Node object also remains in the cluster. The last lines of output list what remains, with the commands to remove it.`,
  args: { kind: "any" },
  flags: { ...commandFlags(resetFlags), ...runFlags },
  phases: phaseLines(resetPhases),
  commands: [
    phaseCommands({
      parent: resetSummary.name,
      argument: "",
      phases: resetPhases,
      flags: flagsByName(resetFlags),
      commonFlags: runFlags,
      takesStrayWords: true,
      run: (only, invocation) => run(invocation, only),
    }),
  ],
  changesMachine: true,
  run: (invocation) => run(invocation),
};

function run(invocation: Invocation<Flags>, only?: string): Promise<number> {
  return runSession(invocation, (events) => runReset(invocation, { events, ...defined({ only }) }));
}

async function runReset(
  invocation: Invocation<Flags>,
  { events, only }: { readonly events: Events; readonly only?: string },
): Promise<void> {
  const { ports, args, path } = invocation;
  // Upstream ignores them too: a script that passes them must keep working.
  if (args.length > 0) events.emit("warning", { message: strayWords(args, path) });
  const [{ workingDirectory, ...machine }, connectEtcd] = await Promise.all([
    workflowMachine(invocation),
    ports.connectEtcd(),
  ]);
  await reset(
    { flags: givenFlags(resetFlags, invocation, workingDirectory), ...defined({ only }) },
    { ...machine, connectEtcd, readLine: (signal) => ports.readLine(signal), events, signal: ports.signal },
  );
}

function strayWords(args: readonly string[], path: string): string {
  const [first, ...more] = args.map(goQuote);
  const words = more.length === 0 ? `argument ${first} is` : `arguments ${[first, ...more].join(", ")} are`;
  return `the ${words} ignored: "${path}" takes none`;
}
