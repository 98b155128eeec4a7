import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { commandFlags, flagsByName } from "../../../kubeadm/flags/flag-table.ts";
import { runFlags } from "../../../kubeadm/flags/shared-flags.ts";
import { upgradeNodeFlags } from "../../../kubeadm/flags/upgrade-node-flags.ts";
import { upgradeNodePhases } from "../../../phases/upgrade/node/index.ts";
import { upgradeNode } from "../../../phases/upgrade/node/upgrade-node.ts";
import { defined } from "../../../values/defined.ts";
import type { CommandSpec, Invocation } from "../../line/command.ts";
import { givenFlags } from "../../line/given-flags.ts";
import { runSession } from "../../session.ts";
import { phaseCommands, phaseLines } from "../phase-commands.ts";
import { upgradeNodeSummary } from "../summaries.ts";
import { upgradeMachine } from "./upgrade-machine.ts";

/** `upgrade node` with its `phase` commands. */
export const nodeCommand: CommandSpec = {
  ...upgradeNodeSummary,
  long: `Upgrades this node to the version of its cluster, after "kubeadm upgrade apply" on the first control plane node: on another control plane node its static Pods, as "kubeadm upgrade apply" does; on every node the kubelet's configuration. The previous files are kept below /etc/kubernetes/tmp. Afterwards drain the node, install the new kubelet, and restart it.

Upgrade control plane nodes one after the other; workers may be upgraded at the same time.`,
  args: { kind: "none" },
  flags: { ...commandFlags(upgradeNodeFlags), ...runFlags },
  phases: phaseLines(upgradeNodePhases),
  commands: [
    phaseCommands({
      parent: "upgrade node",
      args: { kind: "none" },
      phases: upgradeNodePhases,
      flags: flagsByName(upgradeNodeFlags),
      commonFlags: runFlags,
      run: (only, invocation) => run(invocation, only),
    }),
  ],
  changesMachine: true,
  run: (invocation) => run(invocation),
};

function run(invocation: Invocation<Flags>, only?: string): Promise<number> {
  return runSession(invocation, async (events) => {
    const { workingDirectory, ...machine } = await upgradeMachine(invocation);
    const flags = { ...givenFlags(upgradeNodeFlags, invocation, workingDirectory), workingDirectory };
    await upgradeNode({ flags, ...defined({ only }) }, { ...machine, events });
  });
}
