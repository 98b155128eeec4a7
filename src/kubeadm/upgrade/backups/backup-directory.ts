import { requireExclusive } from "../../../host/exclusive.ts";
import { freePath } from "../../../host/free-path.ts";
import type { Host } from "../../../host/host.ts";
import { temporaryDirectory } from "../../paths.ts";

/**
 * Makes a new directory below /etc/kubernetes/tmp, named after a prefix and the local time as upstream names it. A second
 * one in the same second gets a number: upstream fails then.
 */
export async function makeBackupDirectory(
  prefix: string,
  { files, clock }: Pick<Host, "clock"> & { readonly files: Pick<Host["files"], "status" | "makeDirectory"> },
): Promise<string> {
  // Keys are copied there, and manifests are restored from there.
  await requireExclusive(temporaryDirectory, files);
  const stamp = clock.local(clock.now()).toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "-");
  const base = `${temporaryDirectory}/${prefix}-${stamp}`;
  const path = await freePath(base, (number) => `${base}-${number}`, files);
  await files.makeDirectory(path, { mode: 0o700 });
  return path;
}

/** Reports whether a path is that of a directory which `makeBackupDirectory` has made. */
export function isBackupDirectory(path: string): boolean {
  const below = `${temporaryDirectory}/`;
  return path.startsWith(below) && /^kubeadm-[a-z-]+-(?:\d+-){5}\d+(?:-\d+)?$/.test(path.slice(below.length));
}
