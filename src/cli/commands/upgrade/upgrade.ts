import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import type { Phase } from "../../../workflow/phase.ts";
import type { CommandSpec, Invocation } from "../../line/command.ts";
import { phaseCommands, phaseLines } from "../phase-commands.ts";
import { upgradeSummary } from "../summaries.ts";
import { applyFlags, diffFlags, nodeFlags, planFlags } from "./flags.ts";
import { applyPhases, nodePhases } from "./phases.ts";

const leftToUpstream =
  "This program does not upgrade clusters, so the command always fails. Use the Kubernetes project's kubeadm, which works with the same files and objects.";

/** `kubeadm upgrade` and its subcommands: upstream's command line; every command fails with UPGRADE_UNSUPPORTED. */
export const upgradeCommand: CommandSpec = {
  ...upgradeSummary,
  long: `Upgrades a cluster to a newer version of Kubernetes.\n\n${leftToUpstream}`,
  subcommandRequired: true,
  commands: [
    workflowCommand({
      name: "apply",
      argument: "[version]",
      short: "Upgrade the cluster, starting with this control plane node",
      long: `Upgrades the cluster to a version, starting with this control plane node.\n\n${leftToUpstream}`,
      flags: applyFlags,
      phases: applyPhases,
    }),
    {
      name: "diff",
      argument: "[version]",
      short: "Show what an upgrade would change in the static Pod manifests",
      long: `Shows what an upgrade would change in this node's static Pod manifests.\n\n${leftToUpstream}`,
      args: { kind: "any" },
      flags: diffFlags,
      run: refuse,
    },
    workflowCommand({
      name: "node",
      argument: "",
      short: "Upgrade this node, after the cluster's first control plane node",
      long: `Upgrades this node to the version of its cluster: the kubelet's configuration and, if the node has one, the control plane.\n\n${leftToUpstream} To upgrade a worker node without it, drain the node, reset it, and join it again.`,
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
  return `On a control plane, run \`${line}\` with the Kubernetes project's kubeadm, in the version that you are upgrading to. It reads the configuration that this program stores in the cluster.`;
}

const nodeRemedy =
  "Run `kubeadm upgrade node` with the Kubernetes project's kubeadm, in the cluster's new version. For a worker node you can instead run `kubectl drain` and `kubeadm reset`, install the new kubelet, and run `kubeadm join`.";
