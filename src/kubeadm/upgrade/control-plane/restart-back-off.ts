import { throwIfAborted } from "../../../async/signal.ts";
import { ServiceError } from "../../../host/host.ts";
import type { StaticPodName } from "../../control-plane/write-manifest.ts";
import { kubeletService } from "../../kubelet/kubelet-service.ts";
import type { StaticPodPorts } from "./static-pod-change.ts";

/** The first pause is ten seconds, which is not worth a restart; later ones last up to five minutes. */
const longPause = /CrashLoopBackOff: "back-off (?!10s )\S+ restarting/;
const journalLines = 1_000;

/**
 * Reports whether the kubelet pauses before it starts the container of a static Pod again. Its pauses are those of the
 * Pod's UID: a Pod that is restored has those of its former exits, while etcd was away or in earlier attempts.
 */
export async function backsOffLong(
  { component, uid }: { readonly component: StaticPodName; readonly uid: string },
  { services, nodeName, signal }: StaticPodPorts,
): Promise<boolean> {
  if ((await services.manager()) === "none") return false;
  const lines = await services.journal(kubeletService, { lines: journalLines, signal });
  const last = lines.findLast((line) => line.includes("CrashLoopBackOff") && line.includes(`${component}-${nodeName}`));
  const said = last?.replaceAll('\\"', '"') ?? "";
  return longPause.test(said) && said.includes(`(${uid})`);
}

/** Restarts the kubelet, which forgets its pauses then. Containers keep running. */
export async function endBackOff(
  component: StaticPodName,
  { services, events, signal }: StaticPodPorts,
): Promise<void> {
  const area = "upgrade/staticpods";
  const message = `the kubelet pauses before it starts the former ${component} again: it is restarted, which ends the pause`;
  events.emit("warning", { area, message });
  try {
    await services.restart(kubeletService, signal);
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ServiceError)) throw error;
    events.emit("warning", { area, message: error.message });
  }
}
