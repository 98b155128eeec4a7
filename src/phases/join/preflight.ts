import type { JoinOptions } from "../../kubeadm/apis/join-options.ts";
import { controlPlaneChecks, controlPlaneToCheck } from "../../kubeadm/preflight/control-plane-checks.ts";
import { requireReadyForControlPlane } from "../../kubeadm/preflight/control-plane-readiness.ts";
import { privilegedUser } from "../../kubeadm/preflight/machine.ts";
import { type RunChecksOptions, runChecks } from "../../kubeadm/preflight/run-checks.ts";
import { type JoinToCheck, workerChecks } from "../../kubeadm/preflight/worker-checks.ts";
import { kubernetesVersion } from "../../kubeadm/version.ts";
import type { Run } from "../../workflow/fact.ts";
import { pullControlPlaneImages } from "../pull-images.ts";
import { defineJoinPhase, type JoinContext } from "./context.ts";
import { bootstrapKubeconfig, controlPlaneNode } from "./facts.ts";

export const preflight = defineJoinPhase({
  name: "preflight",
  summary: "Run join pre-flight checks",
  description: "Check whether this machine can join, and read the cluster's configuration, before anything is changed.",
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
    // Reading the cluster changes nothing, so it need not wait for the checks: most of them wait for child processes.
    const reading = run.prefetch(bootstrapKubeconfig);
    await runChecks(workerChecks(joinToCheck(options)), checking);
    reading.release();
    await run.value(bootstrapKubeconfig);
    if (options.configuration.controlPlane !== undefined) await checkControlPlane(checking, run);
  },
});

/** What only a further control plane goes through; its cluster is known by now. */
async function checkControlPlane(checking: RunChecksOptions, run: Run<JoinContext>): Promise<void> {
  const { host, options } = run.context;
  const { events } = run;
  const node = await run.value(controlPlaneNode);
  const downloads = { downloadsCertificates: options.configuration.controlPlane?.certificateKey !== undefined };
  await requireReadyForControlPlane(node.cluster, downloads, { files: host.files, events, now: host.clock.now() });
  events.emit("preflight.started", { subject: "new-control-plane" });
  await runChecks(controlPlaneChecks(controlPlaneToCheck(node, downloads)), checking);
  await pullControlPlaneImages(node, options.dryRun, checking);
}

function joinToCheck({ configuration }: JoinOptions): JoinToCheck {
  const { nodeRegistration, caCertPath, controlPlane, discovery } = configuration;
  const endpoint = discovery.bootstrapToken?.apiServerEndpoint;
  return {
    nodeName: nodeRegistration.name,
    criSocket: nodeRegistration.criSocket,
    kubeadmVersion: kubernetesVersion,
    ...(controlPlane === undefined ? { caCertPath } : {}),
    ...(endpoint === undefined ? {} : { discoveryEndpoint: endpoint }),
  };
}
