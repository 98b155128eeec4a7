import { findInstanceSocket } from "../../kubeadm/kubelet/instance-socket.ts";
import { type ResolverState, readResolverState } from "../../kubeadm/kubelet/resolver.ts";
import type { PreflightPorts } from "../../kubeadm/preflight/check.ts";
import { lookAtContainerRuntime, type RuntimeFindings } from "../../kubeadm/preflight/container-runtime.ts";
import { type KubeletVersion, readKubeletVersion } from "../../kubeadm/preflight/kubelet-version.ts";
import type { MachineLooks } from "../../kubeadm/preflight/upgrade-checks.ts";
import type { UpgradeFact, UpgradeRun } from "./context.ts";

/** The version of the installed kubelet. */
const installedKubelet: UpgradeFact<KubeletVersion> = {
  name: "installed kubelet",
  load: (run) => (run.context.kubelet ?? readKubeletVersion())(portsOf(run), run.signal),
};

/** What the container runtime answers that the kubelet uses; undefined if the kubelet's files do not say which one. */
const kubeletRuntime: UpgradeFact<{ readonly criSocket: string; readonly findings: RuntimeFindings } | undefined> = {
  name: "container runtime of the kubelet",
  load: async (run) => {
    const criSocket = await findInstanceSocket(run.context.host.files);
    if (criSocket === undefined) return undefined;
    return { criSocket, findings: await lookAtContainerRuntime(criSocket)(portsOf(run), run.signal) };
  },
};

function portsOf({ context: { host, connectContainerRuntime } }: UpgradeRun): PreflightPorts {
  return { ...host, connectContainerRuntime };
}

/** The state of systemd-resolved. */
export const nodeResolver: UpgradeFact<ResolverState> = {
  name: "resolver of the node",
  load: ({ context, signal }) => readResolverState(context.host.services, signal),
};

const looksOfPhases = new Map<string, readonly UpgradeFact<unknown>[]>([
  ["preflight", [installedKubelet, kubeletRuntime]],
  ["kubelet-config", [nodeResolver]],
]);

/**
 * Starts what the phases need of this machine alone: programs start, and servers respond, while requests to the API server are pending.
 * What fails, fails where a phase asks for it.
 */
export function lookEarly({ context, prefetch }: UpgradeRun): void {
  for (const [phase, looks] of looksOfPhases) {
    // These looks tell nothing: no events are held back.
    if (context.includes(phase)) for (const look of looks) prefetch(look);
  }
}

/** Returns the looks of the checks, which may have been taken early. */
export function machineLooks(criSocket: string, { value }: UpgradeRun): MachineLooks {
  return {
    kubelet: () => value(installedKubelet),
    runtime: async (ports, signal) => {
      const early = await value(kubeletRuntime);
      return early?.criSocket === criSocket ? early.findings : lookAtContainerRuntime(criSocket)(ports, signal);
    },
  };
}
