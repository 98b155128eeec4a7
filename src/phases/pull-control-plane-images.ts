import type { ControlPlaneNode } from "../kubeadm/control-plane/control-plane-node.ts";
import { controlPlaneImages, pauseImage } from "../kubeadm/images/control-plane-images.ts";
import { imagePull } from "../kubeadm/images/image-pull-check.ts";
import { type RunChecksOptions, runChecks } from "../kubeadm/preflight/run-checks.ts";

/** The last round of preflight of a control plane: its images. A dry run pulls none. */
export async function pullControlPlaneImages(
  { cluster, nodeRegistration }: ControlPlaneNode,
  dryRun: boolean,
  checking: RunChecksOptions,
): Promise<void> {
  const { events } = checking;
  if (dryRun) {
    const action = "pull the required images (like 'kubeadm config images pull')";
    return events.emit("dryrun.would", { area: "preflight", action });
  }
  events.emit("preflight.images.pulling", {});
  const images = {
    criSocket: nodeRegistration.criSocket,
    images: controlPlaneImages(cluster),
    sandboxImage: pauseImage(cluster),
    policy: nodeRegistration.imagePullPolicy,
    serial: nodeRegistration.imagePullSerial,
    events,
  };
  await runChecks([imagePull(images)], checking);
}
