import type { JoinOptions } from "../../kubeadm/config/join/join-options.ts";
import { warnOfRestrictedLabels } from "../../kubeadm/kubelet/restricted-labels.ts";
import { privilegedUser } from "../../kubeadm/preflight/machine.ts";
import { runChecks } from "../../kubeadm/preflight/run-checks.ts";
import { type JoinToCheck, workerChecks } from "../../kubeadm/preflight/worker-checks.ts";
import { kubernetesVersion } from "../../kubeadm/version.ts";
import { defined } from "../../values/defined.ts";
import { containerRuntimeLooks } from "../warn-of-kubelet-obstacles.ts";
import { defineJoinPhase } from "./context.ts";
import { bootstrapKubeconfig } from "./facts.ts";

export const preflight = defineJoinPhase({
  name: "preflight",
  summary: "Run join pre-flight checks",
  description: "Check whether this machine can join, and read the cluster's configuration, before anything is changed.",
  example: `  # Check whether this machine can join as a configuration file says
  kubeadm join phase preflight --config kubeadm-config.yaml`,
  flags: [
    "config",
    "ignore-preflight-errors",
    "discovery",
    "control-plane",
    "apiserver-advertise-address",
    "apiserver-bind-port",
    "cri-socket",
    "node-name",
    "certificate-key",
    "dry-run",
  ],
  takesArgument: true,
  reads: {},
  async run(_values, run) {
    const { options, host, connectContainerRuntime } = run.context;
    const { events, signal } = run;
    const checking = {
      ignore: new Set(options.ignorePreflightErrors),
      ports: { ...host, connectContainerRuntime },
      events,
      signal,
    };
    events.emit("preflight.started", { subject: "node" });
    await runChecks([privilegedUser], checking);
    warnOfRestrictedLabels(options.configuration.nodeRegistration, events);
    // Reading the cluster changes nothing, so it need not wait for the checks: most of them wait for child processes.
    // A dry run tells each read, and so makes it when it is its turn.
    const reading = options.dryRun ? undefined : run.prefetch(bootstrapKubeconfig);
    const { findings } = await run.value(containerRuntimeLooks);
    await runChecks(workerChecks({ ...joinToCheck(options), runtime: findings }), checking);
    reading?.release();
    await run.value(bootstrapKubeconfig);
    if (options.configuration.controlPlane === undefined) return;
    // Loaded only here: a worker has no use for it, and its memory is measured.
    const { checkControlPlane } = await import("./control-plane-preflight.ts");
    await checkControlPlane(checking, run);
  },
});

function joinToCheck({ configuration }: JoinOptions): JoinToCheck {
  const { nodeRegistration, caCertPath, controlPlane, discovery } = configuration;
  const endpoint = discovery.bootstrapToken?.apiServerEndpoint;
  return {
    nodeName: nodeRegistration.name,
    criSocket: nodeRegistration.criSocket,
    kubeadmVersion: kubernetesVersion,
    ...(controlPlane === undefined ? { caCertPath } : {}),
    ...defined({ discoveryEndpoint: endpoint }),
  };
}
