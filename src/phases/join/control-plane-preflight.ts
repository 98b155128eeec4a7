import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { controlPlaneChecks, controlPlaneToCheck } from "../../kubeadm/preflight/control-plane-checks.ts";
import { requireReadyForControlPlane } from "../../kubeadm/preflight/control-plane-readiness.ts";
import { type RunChecksOptions, runChecks } from "../../kubeadm/preflight/run-checks.ts";
import type { Run } from "../../workflow/fact.ts";
import { pullControlPlaneImages, reportImagesToPull } from "../pull-control-plane-images.ts";
import type { JoinContext } from "./context.ts";
import { controlPlaneNode } from "./facts.ts";
import { preparedKeys } from "./prepared-keys.ts";

/** Runs the checks of a joining control plane, whose cluster is known by now, and pulls its images. */
export async function prepareControlPlane(checking: RunChecksOptions, run: Run<JoinContext>): Promise<void> {
  const node = await run.value(controlPlaneNode);
  // The checks and the download of the CAs mostly wait: the cores are free for making keys.
  if (run.context.only === undefined) await run.value(preparedKeys);
  await check(node, checking, run);
  await pullControlPlaneImages(node, checking);
}

/** The same in a dry run, which pulls nothing. */
export async function prepareControlPlaneDryRun(checking: RunChecksOptions, run: Run<JoinContext>): Promise<void> {
  await check(await run.value(controlPlaneNode), checking, run);
  reportImagesToPull(run.events);
}

async function check(node: ControlPlaneNode, checking: RunChecksOptions, run: Run<JoinContext>): Promise<void> {
  const { host, options } = run.context;
  const { events } = run;
  const downloads = { downloadsCertificates: options.configuration.controlPlane?.certificateKey !== undefined };
  await requireReadyForControlPlane(node.cluster, downloads, { files: host.files, events, now: host.clock.now() });
  events.emit("preflight.started", { subject: "new-control-plane" });
  await runChecks(controlPlaneChecks(controlPlaneToCheck(node, downloads)), checking);
}
