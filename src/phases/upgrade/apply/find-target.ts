import { releaseServers } from "../../../kubeadm/releases/connect-release-server.ts";
import { releaseLabels } from "../../../kubeadm/releases/release-labels.ts";
import { type TargetRelease, targetRelease } from "../../../kubeadm/upgrade/versions/target-release.ts";
import type { UpgradeRun } from "../context.ts";

/** Returns the release of a version or a label; a label is looked up on the release server. */
export async function findTarget(requested: string, { context, events, signal }: UpgradeRun): Promise<TargetRelease> {
  const { connections, host } = context;
  const connect = releaseServers(connections, host);
  const labels = releaseLabels({ connect, clock: host.clock, events, signal });
  labels.begin([requested]);
  return targetRelease(requested, labels);
}
