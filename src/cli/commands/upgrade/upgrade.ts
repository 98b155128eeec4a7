import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import type { Phase } from "../../../workflow/phase.ts";
import type { CommandSpec, Invocation } from "../../line/command.ts";
import { phaseCommands, phaseLines } from "../phase-commands.ts";
import { upgradeSummary } from "../summaries.ts";
import { applyFlags, diffFlags, nodeFlags, planFlags } from "./flags.ts";
import { applyPhases, nodePhases } from "./phases.ts";

const leftToUpstream =
  "This program does not upgrade, so the command always fails. Upgrades are left to the kubeadm of the Kubernetes project, which works on the same files and objects.";

/** `kubeadm upgrade` and what is below it: upstream's command line, and one answer. */
export const upgradeCommand: CommandSpec = {
  ...upgradeSummary,
  long: `Upgrades a cluster to a newer version of Kubernetes.\n\n${leftToUpstream}`,
  subcommandRequired: true,
  commands: [
    workflowCommand({
      name: "apply",
      argument: "[version]",
      short: "Upgrade the cluster, on its first control plane",
      long: `Upgrades the cluster to a version, beginning with the control plane of this node.\n\n${leftToUpstream}`,
      flags: applyFlags,
      phases: applyPhases,
    }),
    {
      name: "diff",
      argument: "[version]",
      short: "Show what an upgrade would change in the static Pods",
      long: `Shows what an upgrade would change in this node's static Pods.\n\n${leftToUpstream}`,
      args: { kind: "any" },
      flags: diffFlags,
      run: refuse,
    },
    workflowCommand({
      name: "node",
      argument: "",
      short: "Upgrade this node, when the cluster's first control plane has been",
      long: `Upgrades this node to the version of its cluster: the kubelet's configuration, and the control plane if there is one.\n\n${leftToUpstream} A worker can also be made new: drain it, reset it, and join it again.`,
      flags: nodeFlags,
      phases: nodePhases,
    }),
    {
      name: "plan",
      argument: "[version] [flags]",
      short: "Show which versions the cluster can be upgraded to",
      long: `Shows which versions the cluster can be upgraded to.\n\n${leftToUpstream}`,
      args: { kind: "any" },
      flags: planFlags,
      run: refuse,
    },
  ],
};

function workflowCommand(spec: {
  readonly name: string;
  readonly argument: string;
  readonly short: string;
  readonly long: string;
  readonly flags: Flags;
  readonly phases: readonly Phase<never>[];
}): CommandSpec {
  const { argument, phases, ...command } = spec;
  return {
    ...command,
    ...(argument === "" ? {} : { argument }),
    args: { kind: "any" },
    phases: phaseLines(phases),
    commands: [
      phaseCommands({
        parent: `upgrade ${spec.name}`,
        argument,
        phases,
        flags: spec.flags,
        commonFlags: {},
        run: (_, invocation) => refuse(invocation),
      }),
    ],
    run: refuse,
  };
}

async function refuse({ path, args }: Invocation<Flags>): Promise<number> {
  const line = [path, ...args].join(" ");
  throw new KubeadmError("UPGRADE_UNSUPPORTED", "this program does not upgrade clusters", {
    details: { command: path },
    remedy: path.startsWith("kubeadm upgrade node") ? nodeRemedy : remedyFor(line),
  });
}

function remedyFor(line: string): string {
  return `Run \`${line}\` with the kubeadm of the Kubernetes project, in the version to upgrade to, on a control plane. It finds the cluster's configuration where this program keeps it, too.`;
}

const nodeRemedy =
  "Run `kubeadm upgrade node` with the kubeadm of the Kubernetes project, in the cluster's new version. A worker can be made new instead: `kubectl drain`, `kubeadm reset`, install the new kubelet, `kubeadm join`.";
