// A real cluster of the previous minor version, created by that version's kubeadm, with this program and upstream's kubeadm
// of the next version on its hosts.
import type { InitOptions } from "../../../lab/cluster.ts";
import { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { NEXT_VERSION_PROGRAMS } from "../../../lab/parts/host-layer.ts";
import { CommandFailed, type CommandResult } from "../../../lab/run-command.ts";
import { DEFAULT_VERSION } from "../../../lab/versions.ts";
import { type Program, underTest } from "../control-plane/control-plane-lab.ts";
import { programCopy } from "../join/program-copy.ts";

/** KUBEADM_UPGRADE_FROM names another one that the lab knows. */
export const fromVersion = process.env["KUBEADM_UPGRADE_FROM"] ?? "1.36.3";
export const toVersion = DEFAULT_VERSION;

const upstream = `${NEXT_VERSION_PROGRAMS}/kubeadm`;

/** Paths on a host. */
export const programs: Readonly<Record<Program, string>> = {
  ours: underTest === "ours" ? "/usr/bin/kubeadm" : upstream,
  upstream,
};

/** Upstream's program waits five minutes for each component. */
const commandTimeoutMs = 1_500_000;

export interface UpgradeLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly controlPlane: LabHost;
  /** Adds a host and joins it as a worker, by the kubeadm of the cluster's version. */
  addWorker(name: string): Promise<LabHost>;
  /** The same, as a control plane. */
  addControlPlane(name: string): Promise<LabHost>;
}

export interface UpgradeLabOptions {
  /** Prepares the first control plane and other hosts before init, and returns how init differs. */
  readonly prepare?: (lab: Lab, controlPlane: LabHost) => Promise<Omit<InitOptions, "host">>;
}

export async function openUpgradeLab(name: string, { prepare }: UpgradeLabOptions = {}): Promise<UpgradeLab> {
  await using stack = new AsyncDisposableStack();
  const kubeadm = stack.use(programCopy()).path;
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const lab = stack.use(await Lab.open({ name, kubernetes: fromVersion, upgradeTo: toVersion, say }));
  const controlPlane = await lab.addHost("cp1", { kubeadm });
  await lab.initCluster({ ...(await prepare?.(lab, controlPlane)), host: controlPlane });
  await lab.waitForNode("cp1", { timeoutMs: 120_000 });
  const add = async (node: string, role: { readonly controlPlane: boolean }) => {
    const host = await lab.addHost(node, { kubeadm });
    const result = await lab.join(host, role);
    if (result.exitCode !== 0) throw new CommandFailed([node, "join"], result);
    await lab.waitForNode(node);
    return host;
  };
  const kept = stack.move();
  return {
    lab,
    controlPlane,
    addWorker: (node) => add(node, { controlPlane: false }),
    addControlPlane: (node) => add(node, { controlPlane: true }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Runs a command of `upgrade` on the host. Any exit code is a result. */
export async function runUpgrade(host: LabHost, program: Program, args: readonly string[]): Promise<CommandResult> {
  return host.run([programs[program], "upgrade", ...args], { timeoutMs: commandTimeoutMs });
}

/** Runs a command of `upgrade` that must succeed. */
export async function mustUpgrade(host: LabHost, program: Program, args: readonly string[]): Promise<CommandResult> {
  const outcome = await runUpgrade(host, program, args);
  const seconds = (outcome.elapsedMs / 1000).toFixed(1);
  const [command = ""] = args;
  process.stderr.write(`upgrade ${command} on ${host.name} by ${program}: ${outcome.exitCode} after ${seconds} s\n`);
  if (outcome.exitCode !== 0) throw new CommandFailed([program, "upgrade", ...args], outcome);
  return outcome;
}
