import type { Events } from "../../events/events.ts";
import type { ResetFlags } from "../../kubeadm/apis/reset-options.ts";
import { resetPhases } from "../../phases/reset/index.ts";
import { reset } from "../../phases/reset/reset.ts";
import { defined } from "../../values/defined.ts";
import { absolutePath } from "../absolute-path.ts";
import type { CommandSpec, Invocation } from "../command.ts";
import type { Flags, ValuesOf } from "../flag.ts";
import { outputFlag, runSession } from "../session.ts";
import { workflowMachine } from "./machine.ts";
import { phaseCommands, phaseLines } from "./phase-commands.ts";
import { resetFlags } from "./reset-flags.ts";
import { resetSummary } from "./reset-summary.ts";

/** `reset` with its `phase` commands, all made from the phases. */
export const resetCommand: CommandSpec = {
  ...resetSummary,
  long: `Undoes on this machine what "kubeadm init" or "kubeadm join" did: stops the kubelet, removes all pods from the container runtime, and deletes the files of the cluster and of the kubelet.

What may be somebody else's too stays: CNI configuration, packet filter rules, network interfaces, kubeconfigs in home directories. So does the Node in the cluster. At its end the command lists what is left of these, with the command that removes each.`,
  args: { kind: "any" },
  flags: { ...resetFlags, ...outputFlag },
  phases: phaseLines(resetPhases),
  commands: [
    phaseCommands({
      parent: resetSummary.name,
      argument: "",
      phases: resetPhases,
      flags: resetFlags,
      flagGroups: {},
      commonFlags: outputFlag,
      run: (only, invocation) => run(invocation, only),
    }),
  ],
  run: (invocation) => run(invocation),
};

function run(invocation: Invocation<Flags>, only?: string): Promise<number> {
  return runSession(invocation, (events) => runReset(invocation, { events, ...defined({ only }) }));
}

async function runReset(
  invocation: Invocation<Flags>,
  { events, only }: { readonly events: Events; readonly only?: string },
): Promise<void> {
  const { ports } = invocation;
  const [{ workingDirectory, ...machine }, connectEtcd] = await Promise.all([
    workflowMachine(invocation),
    ports.connectEtcd(),
  ]);
  await reset(
    { flags: flagsOf(invocation, workingDirectory), ...defined({ only }) },
    { ...machine, connectEtcd, readLine: (signal) => ports.readLine(signal), events, signal: ports.signal },
  );
}

/**
 * The words of the command line under the names of the options. Flags that were not given stay out. Paths of files to read
 * may be relative; that of a directory to empty may not, and is refused later.
 */
function flagsOf({ flags, changed }: Invocation<Flags>, directory: string): ResetFlags {
  // Dispatch made these values from the very specs in resetFlags.
  const values = flags as Partial<ValuesOf<typeof resetFlags>>;
  const given = <K extends keyof typeof values & string>(name: K) => (changed.has(name) ? values[name] : undefined);
  const path = (name: "config" | "kubeconfig") => {
    const value = given(name);
    return value === undefined ? undefined : absolutePath(value, directory);
  };
  const fields = {
    certDir: given("cert-dir"),
    cleanupTmpDir: given("cleanup-tmp-dir"),
    config: path("config"),
    criSocket: given("cri-socket"),
    dryRun: given("dry-run"),
    force: given("force"),
    ignorePreflightErrors: given("ignore-preflight-errors"),
    kubeconfig: path("kubeconfig"),
    skipPhases: given("skip-phases"),
  };
  const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { ...(present as Partial<ResetFlags>), given: [...changed], accepted: Object.keys(flags) };
}
