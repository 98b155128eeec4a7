import { linkSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Release } from "./release.ts";
import { run } from "./run.ts";
import type { Signer } from "./signing.ts";
import { normalizeTimes } from "./staged-files.ts";

/** Writes a repository for dnf, yum and zypper, below `directory`. */
export async function writeDnfRepository(
  { epoch }: Pick<Release, "epoch">,
  {
    directory,
    rpms,
    signer,
  }: { readonly directory: string; readonly rpms: readonly string[]; readonly signer: Signer | undefined },
): Promise<void> {
  const packages = join(directory, "packages");
  mkdirSync(packages, { recursive: true });
  for (const file of rpms) linkSync(file, join(packages, basename(file)));
  // The index has the times of the packages.
  normalizeTimes(directory, epoch);
  await run([
    "createrepo_c",
    "--quiet",
    "--general-compress-type=gz",
    // The databases are for tools of long ago, and contain the time of their making.
    "--no-database",
    "--workers=1",
    `--revision=${epoch}`,
    "--set-timestamp-to-revision",
    directory,
  ]);
  await signer?.detached(join(directory, "repodata/repomd.xml"));
}
