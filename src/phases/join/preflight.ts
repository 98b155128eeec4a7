import type { JoinOptions } from "../../kubeadm/config/join/join-options.ts";
import { clusterOf } from "../../kubeadm/kubeconfig/kubeconfig.ts";
import { warnOfRestrictedLabels } from "../../kubeadm/kubelet/restricted-labels.ts";
import { kubeletNotNewerThanCluster, readKubeletVersion } from "../../kubeadm/preflight/kubelet-version.ts";
import { privilegedUser } from "../../kubeadm/preflight/machine.ts";
import { type RunChecksOptions, runChecks } from "../../kubeadm/preflight/run-checks.ts";
import { type JoinToCheck, workerChecks } from "../../kubeadm/preflight/worker-checks.ts";
import { kubernetesVersion } from "../../kubeadm/version.ts";
import { publicKeyPin } from "../../pki/certificate.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import { satisfiedChecks, unfinishedRunChecks } from "../unfinished-run-checks.ts";
import { containerRuntimeAnswers } from "../warn-of-kubelet-obstacles.ts";
import { defineJoinPhase, type JoinContext } from "./context.ts";
import { prepareControlPlane, prepareControlPlaneDryRun } from "./control-plane-preflight.ts";
import { bootstrapKubeconfig, clusterState } from "./facts.ts";

export const preflight = defineJoinPhase({
  name: "preflight",
  summary: "Run join pre-flight checks",
  description: "Check whether this machine can join, and read the cluster's configuration, before anything is changed.",
  example: `  # Check whether this machine can join with a configuration file
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
  resumption: "repeat",
  async run(_values, run) {
    const checking = checkingOf(run);
    await check(checking, run);
    if (isWorker(run)) return;
    await prepareControlPlane(checking, run);
  },
  async dryRun(_values, run) {
    const checking = checkingOf(run);
    await check(checking, run);
    if (isWorker(run)) return;
    await prepareControlPlaneDryRun(checking, run);
  },
});

function isWorker({ context }: Run<JoinContext>): boolean {
  return context.options.configuration.controlPlane === undefined;
}

function checkingOf({ context, events, signal }: Run<JoinContext>): RunChecksOptions {
  const { options, host, connectContainerRuntime } = context;
  const ignore = new Set(options.ignorePreflightErrors);
  const satisfied = satisfiedChecks(context.record, options.configuration.controlPlane?.localAPIEndpoint.bindPort);
  return { ignore, satisfied, ports: { ...host, connectContainerRuntime }, events, signal };
}

/** Checks the machine, then reads the cluster's configuration. */
async function check(checking: RunChecksOptions, run: Run<JoinContext>): Promise<void> {
  const { options } = run.context;
  const { events } = run;
  events.emit("preflight.started", { subject: "node" });
  await runChecks([privilegedUser, ...unfinishedRunChecks(run.context.record)], checking);
  warnOfRestrictedLabels(options.configuration.nodeRegistration, events);
  // Reading the cluster changes nothing, so it runs during the checks: most of them wait for child processes.
  const release = run.prefetch(bootstrapKubeconfig);
  const { findings } = await run.value(containerRuntimeAnswers);
  const kubelet = run.context.kubelet ?? readKubeletVersion();
  const shared = { runtime: findings, kubelet };
  await runChecks(workerChecks({ ...joinToCheck(options), ...shared }), checking);
  release();
  const { clusterConfiguration } = await run.value(clusterState);
  await runChecks([kubeletNotNewerThanCluster(kubelet, clusterConfiguration.kubernetesVersion)], checking);
  const { certificateAuthorityData } = clusterOf(await run.value(bootstrapKubeconfig));
  await run.context.record?.identifyCluster((certificateAuthorityData?.certificates ?? []).map(publicKeyPin));
}

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
