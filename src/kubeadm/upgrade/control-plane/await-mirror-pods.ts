import { poll } from "../../../async/poll.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { formatDuration } from "../../../go/duration.ts";
import { reportAfterMs } from "../../control-plane/replacement/await-static-pod.ts";
import type { StaticPodPorts } from "../../control-plane/replacement/running-pods.ts";
import type { StaticPodName } from "../../control-plane/write-manifest.ts";
import { progressReporter } from "../../waiting/persist.ts";

/** Returns the hash that the mirror Pod of a component is annotated with, or why it cannot be read. */
export type ReadMirrorUid = (
  component: StaticPodName,
  signal: AbortSignal,
) => Promise<{ readonly uid: string } | { readonly failure: string }>;

interface MirrorPorts extends Pick<StaticPodPorts, "clock" | "events" | "signal" | "nodeName"> {
  readonly readMirrorUid: ReadMirrorUid;
}

const pollEveryMs = 200;

/**
 * Waits until the API server shows the new Pods, which run already: other control planes, and the phases that follow,
 * take the version of a component from there.
 */
export async function awaitMirrorPods(
  uids: ReadonlyMap<StaticPodName, string>,
  timeoutMs: number,
  ports: MirrorPorts,
): Promise<void> {
  const { clock, events, signal, nodeName } = ports;
  const what = "mirror Pods of the new components";
  using report = progressReporter({ what, deadlineMs: timeoutMs, afterMs: reportAfterMs, clock, events });
  const awaited = new Map(uids);
  await poll<true>({
    until: async () => {
      for (const [component, uid] of awaited) {
        const found = await ports.readMirrorUid(component, signal);
        if ("uid" in found && found.uid === uid) {
          awaited.delete(component);
          continue;
        }
        const reason = "uid" in found ? "the mirror Pod still shows the previous Pod" : found.failure;
        return { done: false, reason, cause: component };
      }
      return { done: true, value: true };
    },
    everyMs: () => pollEveryMs,
    deadlineMs: timeoutMs,
    clock,
    signal,
    onWaiting: report,
    onTimeout: (reason, component) => {
      const message = `static Pod hash for component ${String(component)} on Node ${nodeName} did not change after ${formatDuration(timeoutMs)}: ${reason}`;
      return new KubeadmError("MIRROR_POD_OUTDATED", message, {
        details: { component: String(component), node: nodeName },
      });
    },
  });
}
