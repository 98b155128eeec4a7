import { KubeadmError } from "../errors/kubeadm-error.ts";

/**
 * The absolute path of the directory where relative paths begin; undefined if it was removed. It is asked for only where
 * a path is relative: everything else works in a directory that was removed.
 */
export type FindDirectory = () => string | undefined;

/** Where relative paths begin. */
export type PathBase = string | FindDirectory;

/** Returns the path as an absolute one. An empty one stays empty. Throws WORKING_DIRECTORY_REMOVED. */
export function pathFrom(base: PathBase, path: string): string {
  if (path === "" || path.startsWith("/")) return path;
  const found = typeof base === "string" ? base : base();
  if (found === undefined) {
    throw new KubeadmError(
      "WORKING_DIRECTORY_REMOVED",
      `${path}: no such file or directory: the working directory was removed`,
      {
        details: { path },
      },
    );
  }
  return `${found.replace(/\/+$/, "")}/${path}`;
}
