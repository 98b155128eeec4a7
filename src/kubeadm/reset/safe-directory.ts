import { orElse } from "../../async/or-else.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import { namesIn } from "../../host/directories.ts";
import { isDenied } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { resolvePath } from "../../host/resolve-path.ts";
import { defaultCertificatesDirectory, defaultEtcdDataDirectory } from "../paths.ts";

/** Trees that never contain files of a cluster. */
const systemTrees = ["/bin", "/boot", "/dev", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr"];

/** Directories that contain more than a cluster's files; their parents are protected too. */
const sharedDirectories = [
  "/etc/kubernetes",
  "/etc/cni/net.d",
  "/etc/containerd",
  "/etc/crio",
  "/etc/default",
  "/etc/pki",
  "/etc/ssh",
  "/etc/ssl/certs",
  "/etc/ssl/private",
  "/etc/sysconfig",
  "/etc/systemd/system",
  "/run/systemd",
  "/root",
  "/var/lib/cni",
  "/var/lib/containerd",
  "/var/lib/containers",
  "/var/lib/docker",
  "/var/lib/systemd",
  "/var/log",
  "/var/run",
];

/** Returns why a directory (absolute, without symlinks and "..") must not be emptied; undefined if it may be. */
export function whyNotToEmpty(directory: string): string | undefined {
  const names = directory.split("/").filter((name) => name !== "");
  if (names.length < 2) return "it is a top-level directory of the system";
  if (systemTrees.some((tree) => isWithin(directory, tree))) return "it belongs to the operating system";
  if (sharedDirectories.some((shared) => isWithin(shared, directory))) return "it contains more than a cluster's files";
  if (names[0] === "home" && names.length < 3) return "it is a user's home directory";
  return undefined;
}

function isWithin(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`);
}

/**
 * Resolves the symlinks of a path and returns the directory, if it may be emptied. Throws RESET_DIRECTORY_UNSAFE
 * otherwise; `source` says which setting named it. A path that this user may not look at stays as it is: then there is
 * nothing that this user could delete in it.
 */
export async function directoryToEmpty(
  path: string,
  { files, source }: { readonly files: Pick<Files, "status">; readonly source: string },
): Promise<string> {
  const directory = await orElse(path, isDenied, () => resolvePath(path, { status: files.status, followLast: true }));
  const reason = whyNotToEmpty(directory);
  if (reason !== undefined) throw unsafe({ path, directory, source, reason });
  return directory;
}

/**
 * Like `directoryToEmpty`, but a directory other than kubeadm's default, also through a symlink, must look like a
 * cluster's.
 */
export async function certificatesDirectoryToEmpty(
  path: string,
  files: Pick<Files, "status" | "list">,
): Promise<string> {
  const source = path === defaultCertificatesDirectory ? "kubeadm's own layout" : "certificatesDir (--cert-dir)";
  const directory = await directoryToEmpty(path, { files, source });
  if (directory === defaultCertificatesDirectory) return directory;
  const hidden: readonly string[] = [];
  const names = await orElse(hidden, isDenied, () => namesIn(files, directory));
  if (names.length === 0 || names.includes("ca.crt")) return directory;
  throw unsafe({ path, directory, source, reason: "it is not empty and contains no ca.crt of a cluster" });
}

/**
 * Like `directoryToEmpty`, but a directory other than kubeadm's default, also through a symlink, must contain etcd's
 * data.
 */
export async function etcdDirectoryToEmpty(
  path: string,
  { files, source }: { readonly files: Pick<Files, "status" | "list">; readonly source: string },
): Promise<string> {
  const directory = await directoryToEmpty(path, { files, source });
  if (directory === defaultEtcdDataDirectory) return directory;
  const names = await namesIn(files, directory);
  if (names.length === 0 || names.includes("member")) return directory;
  throw unsafe({ path, directory, source, reason: "it is not empty and contains no etcd data" });
}

function unsafe(refused: {
  readonly path: string;
  readonly directory: string;
  readonly source: string;
  readonly reason: string;
}): KubeadmError {
  const { path, directory, source, reason } = refused;
  const way = directory === path ? "" : ` (${directory})`;
  const message = `refusing to delete the contents of ${goQuote(path)}${way}, named by ${source}: ${reason}`;
  const remedy =
    directory === path
      ? `Check ${source}: it must be a directory that only the cluster uses.`
      : `Check the target of ${path}, which ${source} names: remove the symlink if its target does not belong to the cluster.`;
  return new KubeadmError("RESET_DIRECTORY_UNSAFE", message, { details: refused, remedy });
}
