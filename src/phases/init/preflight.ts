import { silentEvents } from "../../events/events.ts";
import { checkExistingCertificates } from "../../kubeadm/certificates/existing-certificates.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { checkExistingKubeconfigs, kubeconfigsOfInit } from "../../kubeadm/kubeconfig/control-plane-kubeconfigs.ts";
import { warnOfRestrictedLabels } from "../../kubeadm/kubelet/restricted-labels.ts";
import { controlPlaneToCheck } from "../../kubeadm/preflight/control-plane-checks.ts";
import { externalEtcdVersion } from "../../kubeadm/preflight/external-etcd-version.ts";
import { initChecks } from "../../kubeadm/preflight/init-checks.ts";
import { privilegedUser } from "../../kubeadm/preflight/machine.ts";
import { type RunChecksOptions, runChecks } from "../../kubeadm/preflight/run-checks.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import { pullControlPlaneImages, reportImagesToPull } from "../pull-control-plane-images.ts";
import { satisfiedChecks, unfinishedRunChecks } from "../unfinished-run-checks.ts";
import { containerRuntimeAnswers } from "../warn-of-kubelet-obstacles.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { controlPlaneNode, issuance } from "./facts.ts";
import { preparedKeys } from "./prepared-keys.ts";

export const preflight = defineInitPhase({
  name: "preflight",
  summary: "Run pre-flight checks",
  description: "Check whether this machine can become a control plane, and pull the required images.",
  example:
    "  # Check this machine against a configuration file:\n  kubeadm init phase preflight --config kubeadm-config.yaml",
  flags: ["config", "cri-socket", "dry-run", "ignore-preflight-errors", "image-repository"],
  writes: ["images of the container runtime"],
  reads: { node: controlPlaneNode },
  resumption: "repeat",
  async run({ node }, run) {
    const checking = checkingOf(run);
    await check(node, checking, run);
    await pullControlPlaneImages(node, checking);
  },
  async dryRun({ node }, run) {
    await check(node, checkingOf(run), run);
    reportImagesToPull(run.events);
  },
});

function checkingOf({ context, events, signal }: Run<InitContext>): RunChecksOptions {
  const { options, host, connectContainerRuntime } = context;
  const ignore = new Set(options.ignorePreflightErrors);
  const satisfied = satisfiedChecks(context.record, options.configuration.localAPIEndpoint.bindPort);
  return { ignore, satisfied, ports: { ...host, connectContainerRuntime }, events, signal };
}

/** Runs all checks but the pull of the images. */
async function check(node: ControlPlaneNode, checking: RunChecksOptions, run: Run<InitContext>): Promise<void> {
  const { events } = run;
  events.emit("preflight.started", { subject: "node" });
  await runChecks([privilegedUser, ...unfinishedRunChecks(run.context.record)], checking);
  warnOfRestrictedLabels(node.nodeRegistration, events);
  // The checks mostly wait for child processes and the runtime: the cores are free for making keys.
  if (run.context.only === undefined) await run.value(preparedKeys);
  const { name: nodeName, criSocket } = node.nodeRegistration;
  const etcdVersion = externalEtcdCheck(run.context);
  const { findings } = await run.value(containerRuntimeAnswers);
  await runChecks(
    initChecks({
      ...controlPlaneToCheck(node, { downloadsCertificates: false }),
      nodeName,
      criSocket,
      runtime: findings,
      ...defined({ externalEtcdVersion: etcdVersion }),
    }),
    checking,
  );
  await refuseObstacles(node, run);
}

/**
 * Throws, before anything is written, if existing files cannot be kept; the phases that keep them print the warnings.
 */
async function refuseObstacles(node: ControlPlaneNode, run: Run<InitContext>): Promise<void> {
  const { now } = await run.value(issuance);
  const ports = { now, warned: new Set<string>(), files: run.context.host.files, events: silentEvents };
  await checkExistingCertificates(node, ports);
  const directory = run.context.options.kubeconfigDirectory;
  await checkExistingKubeconfigs(kubeconfigsOfInit, { node, directory }, ports);
}

function externalEtcdCheck({ options, connections }: InitContext) {
  const { etcd } = options.cluster;
  return "external" in etcd ? externalEtcdVersion(etcd.external, connections) : undefined;
}
