import { throwIfAborted } from "../../../async/signal.ts";
import { ServiceError } from "../../../host/service-manager.ts";
import { kubeletService } from "../../kubelet/kubelet-service.ts";
import type { StaticPodName } from "../write-manifest.ts";
import type { StaticPodPorts } from "./running-pods.ts";

/** The first back-off is ten seconds, which is not worth a restart; later ones last up to five minutes. */
const longBackOff = /CrashLoopBackOff: "back-off (?!10s )\S+ restarting/;
const journalLines = 1_000;

/**
 * Reports whether the kubelet backs off for long before it restarts the container of a static Pod. It keeps the back-off
 * by the Pod's UID: a Pod that is restored has that of its previous exits, while etcd was away or in earlier attempts.
 */
export async function backsOffLong(
  { component, uid }: { readonly component: StaticPodName; readonly uid: string },
  { services, nodeName, signal }: StaticPodPorts,
): Promise<boolean> {
  if ((await services.manager()) === "none") return false;
  const lines = await services.journal(kubeletService, { lines: journalLines, signal });
  const last = lines.findLast((line) => line.includes("CrashLoopBackOff") && line.includes(`${component}-${nodeName}`));
  const said = last?.replaceAll('\\"', '"') ?? "";
  return longBackOff.test(said) && said.includes(`(${uid})`);
}

/** Restarts the kubelet, which forgets its back-offs then. Containers keep running. */
export async function endBackOff(
  component: StaticPodName,
  { services, events, signal }: StaticPodPorts,
): Promise<void> {
  const area = "upgrade/staticpods";
  const message = `the kubelet backs off before restarting the previous ${component} (CrashLoopBackOff): restarting the kubelet to end the back-off`;
  events.emit("warning", { area, message });
  try {
    await services.restart(kubeletService, signal);
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ServiceError)) throw error;
    events.emit("warning", { area, message: error.message });
  }
}
