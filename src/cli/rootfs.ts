import { KubeadmError } from "../errors/kubeadm-error.ts";
import type { Files } from "../host/host.ts";
import { pathFrom } from "../host/path-from.ts";
import type { Ports } from "./ports.ts";

/** The directory of --rootfs, absolute. */
export function rootfsPath(rootfs: string, ports: Pick<Ports, "workingDirectory">): string {
  return pathFrom(ports.workingDirectory, rootfs);
}

/** Fails as upstream's chroot does, before any command starts. */
export async function checkRootfs(rootfs: string, ports: Pick<Ports, "workingDirectory" | "openHost">): Promise<void> {
  const { files } = await ports.openHost();
  const path = rootfsPath(rootfs, ports);
  const reason = await unusable(path, files);
  if (reason === undefined) return;
  throw new KubeadmError("ROOTFS_UNUSABLE", `unable to chroot to ${rootfs}: ${reason}`, { details: { path } });
}

/** A trailing "/." follows a symlink to the directory that it names. */
async function unusable(path: string, files: Pick<Files, "status">): Promise<string | undefined> {
  const itself = await files.status(path);
  if (itself === undefined) return "no such file or directory";
  if (itself.kind === "directory") return undefined;
  if (itself.kind !== "symlink") return "not a directory";
  const target = await files.status(`${path}/.`);
  return target === undefined ? "no such file or directory" : undefined;
}
