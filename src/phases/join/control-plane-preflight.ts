import { controlPlaneChecks, controlPlaneToCheck } from "../../kubeadm/preflight/control-plane-checks.ts";
import { requireReadyForControlPlane } from "../../kubeadm/preflight/control-plane-readiness.ts";
import { type RunChecksOptions, runChecks } from "../../kubeadm/preflight/run-checks.ts";
import type { Run } from "../../workflow/fact.ts";
import { pullControlPlaneImages } from "../pull-control-plane-images.ts";
import type { JoinContext } from "./context.ts";
import { controlPlaneNode } from "./facts.ts";

/** What only a further control plane goes through; its cluster is known by now. */
export async function checkControlPlane(checking: RunChecksOptions, run: Run<JoinContext>): Promise<void> {
  const { host, options } = run.context;
  const { events } = run;
  const node = await run.value(controlPlaneNode);
  const downloads = { downloadsCertificates: options.configuration.controlPlane?.certificateKey !== undefined };
  await requireReadyForControlPlane(node.cluster, downloads, { files: host.files, events, now: host.clock.now() });
  events.emit("preflight.started", { subject: "new-control-plane" });
  await runChecks(controlPlaneChecks(controlPlaneToCheck(node, downloads)), checking);
  await pullControlPlaneImages(node, options.dryRun, checking);
}
