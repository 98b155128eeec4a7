// What a build says about the sources that it was made from.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

export interface SourceInformation {
  readonly commit: string;
  readonly treeState: string;
  /** In RFC 3339, without fractions. */
  readonly date: string;
  /** The same moment in seconds. */
  readonly epoch: number;
}

/**
 * A build without Git's folder, from an archive of the sources, reads it from KUBEADM_GIT_COMMIT, KUBEADM_GIT_TREE_STATE
 * and SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/).
 */
export function sourceInformation(): SourceInformation {
  const { KUBEADM_GIT_COMMIT: commit, KUBEADM_GIT_TREE_STATE: treeState, SOURCE_DATE_EPOCH: given } = process.env;
  const isClean = git("status", "--porcelain", "--", "bin", "src", "scripts", "package-lock.json") === "";
  const epoch = Number(given ?? git("show", "-s", "--format=%ct", "HEAD") ?? "0");
  return {
    commit: commit ?? git("rev-parse", "HEAD") ?? "unknown",
    treeState: treeState ?? (isClean ? "clean" : "dirty"),
    date: new Date(epoch * 1000).toISOString().replace(".000Z", "Z"),
    epoch,
  };
}

/** Returns the output; undefined if this is not the top of a checkout. */
export function git(...argv: readonly string[]): string | undefined {
  if (!existsSync(join(root, ".git"))) return undefined;
  const { status, stdout } = spawnSync("git", argv, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
