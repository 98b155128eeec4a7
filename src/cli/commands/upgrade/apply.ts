import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { commandFlags, flagsByName } from "../../../kubeadm/flags/flag-table.ts";
import { runFlags } from "../../../kubeadm/flags/shared-flags.ts";
import { upgradeApplyFlags } from "../../../kubeadm/flags/upgrade-apply-flags.ts";
import { upgradeApplyPhases } from "../../../phases/upgrade/apply/index.ts";
import { upgradeApply } from "../../../phases/upgrade/apply/upgrade-apply.ts";
import { defined } from "../../../values/defined.ts";
import type { CommandSpec, Invocation } from "../../line/command.ts";
import { givenFlags } from "../../line/given-flags.ts";
import { runSession } from "../../session.ts";
import { phaseCommands, phaseLines } from "../phase-commands.ts";
import { upgradeApplySummary } from "../summaries.ts";
import { upgradeMachine } from "./upgrade-machine.ts";

const argument = "[version]";

/** `upgrade apply` with its `phase` commands. */
export const applyCommand: CommandSpec = {
  ...upgradeApplySummary,
  argument,
  long: `Upgrades the cluster to a version, starting with this control plane node: its etcd member, then its API server, then its controller manager and scheduler side by side, with their certificates; then the configuration that the cluster stores. Use the kubeadm of the new version. The version is that of the argument, or of apply.kubernetesVersion in the file of --config; labels such as stable are looked up on the internet.

If a component fails in the new version, its previous version is restored and checked. Manifests and etcd's data are backed up to /etc/kubernetes/tmp first. To resume an interrupted run, run the same command again.

Afterwards run "kubeadm upgrade node" on each other control plane node, one after the other, then on the workers. CoreDNS and kube-proxy are upgraded with the last control plane node. On each node: drain it, install the new kubelet, and restart the kubelet.`,
  args: { kind: "any" },
  flags: { ...commandFlags(upgradeApplyFlags), ...runFlags },
  phases: phaseLines(upgradeApplyPhases),
  commands: [
    phaseCommands({
      parent: "upgrade apply",
      args: { kind: "any", shown: argument },
      phases: upgradeApplyPhases,
      flags: flagsByName(upgradeApplyFlags),
      commonFlags: runFlags,
      run: (only, invocation) => run(invocation, only),
    }),
  ],
  changesMachine: true,
  run: (invocation) => run(invocation),
};

function run(invocation: Invocation<Flags>, only?: string): Promise<number> {
  return runSession(invocation, async (events) => {
    const { args } = invocation;
    const { workingDirectory, ...machine } = await upgradeMachine(invocation);
    const flags = { ...givenFlags(upgradeApplyFlags, invocation, workingDirectory), workingDirectory };
    await upgradeApply({ flags, args, ...defined({ only }) }, { ...machine, events });
  });
}
