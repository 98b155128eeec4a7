import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import type { RootedPath } from "./rooted-path.ts";
import type { StaticPod } from "./static-pod.ts";

const root = "/sys/fs/cgroup";
/** By quality of service, for the cgroup driver systemd. */
const slices = ["burstable", "besteffort"].map((quality) => ({
  quality,
  directory: `${root}/kubepods.slice/kubepods-${quality}.slice`,
}));

/** Creates the cgroup of a Pod, on a machine that has cgroups. */
export function makePodCgroup({ uid, object }: StaticPod, rooted: RootedPath): void {
  if (!existsSync(rooted(root))) return;
  const wanted = object.spec.containers.some(({ resources }) => resources !== undefined) ? "burstable" : "besteffort";
  const slice = slices.find(({ quality }) => quality === wanted);
  if (slice !== undefined) mkdirSync(rooted(pathIn(slice, uid)), { recursive: true });
}

/** Removes it: the last thing that a kubelet does about a Pod. */
export function removePodCgroup(uid: string, rooted: RootedPath): void {
  for (const slice of slices) {
    const path = rooted(pathIn(slice, uid));
    if (existsSync(path)) rmdirSync(path);
  }
}

function pathIn({ quality, directory }: (typeof slices)[number], uid: string): string {
  return `${directory}/kubepods-${quality}-pod${uid.replaceAll("-", "_")}.slice`;
}
