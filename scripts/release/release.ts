import { join } from "node:path";
import type { Architecture } from "./architectures.ts";
import type { PackageVersion } from "./package-version.ts";

/** What every step of a release knows. */
export interface Release {
  /** The sources. */
  readonly root: string;
  /** Where the release is written. */
  readonly output: string;
  /** For files in the making; removed at the end. */
  readonly work: string;
  readonly version: PackageVersion;
  readonly commit: string;
  readonly treeState: string;
  /** The time of the sources, in seconds: the only time that a release knows. */
  readonly epoch: number;
  readonly architectures: readonly Architecture[];
  /** Of xz, 1 to 9. Tests take 0, which means none where that is possible. */
  readonly compression: number;
  readonly maintainer: string;
  /** The directory with the key that signs; undefined if nothing is signed. */
  readonly gnupgHome: string | undefined;
}

/** The variables that make tools write the release's time instead of today's. */
export function reproducible({ epoch }: Release): NodeJS.ProcessEnv {
  return { SOURCE_DATE_EPOCH: String(epoch) };
}

export function workDirectory({ work }: Release, ...names: readonly string[]): string {
  return join(work, ...names);
}
