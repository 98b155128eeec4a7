import type { Events } from "../events/events.ts";
import type { ControlPlaneNode } from "../kubeadm/control-plane/control-plane-node.ts";
import { controlPlaneImages, pauseImage } from "../kubeadm/images/control-plane-images.ts";
import { imagePull } from "../kubeadm/images/image-pull-check.ts";
import { type RunChecksOptions, runChecks } from "../kubeadm/preflight/run-checks.ts";

/** The last preflight check of a control plane: pulls its images. `area`: the prefix of its lines. */
export async function pullControlPlaneImages(
  { cluster, nodeRegistration }: ControlPlaneNode,
  checking: RunChecksOptions,
  area = "preflight",
): Promise<void> {
  const { events } = checking;
  events.emit("preflight.images.pulling", { area });
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

/** Reports, in a dry run, that the images would be pulled. */
export function reportImagesToPull(events: Events, area = "preflight"): void {
  const action = "pull the required images (like 'kubeadm config images pull')";
  events.emit("dryrun.would", { area, action });
}
