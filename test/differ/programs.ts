import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureGoPart } from "../../lab/parts/go-part.ts";
import { goParts } from "../../lab/parts/kubernetes-parts.ts";
import { cacheDirectory } from "../../lab/parts/part-store.ts";
import { clusterVersion } from "../../lab/versions.ts";
import { writtenFor } from "./of-release.ts";
import type { StagePrograms } from "./stage/stage.ts";

/**
 * This checkout's program and upstream's of a release, which is built the first time; undefined without a Go toolchain.
 * For another release than the one that is shipped, this checkout's program is built with its behavior.
 */
export async function findPrograms(release: string): Promise<StagePrograms | undefined> {
  const ours = process.env["KUBEADM_BINARY"] ?? (release === writtenFor ? shipped() : builtFor(release));
  const part = goParts(clusterVersion(release)).get("kubeadm");
  if (part === undefined) throw new Error("the lab has no part kubeadm");
  const cache = cacheDirectory();
  const isBuilt = existsSync(join(cache, "parts", `kubeadm-${release}-r1`));
  if (!isBuilt && spawnSync("go", ["version"]).status !== 0) return undefined;
  const directory = await ensureGoPart({ cache, say: (line) => console.log(line) }, part);
  return { ours, upstream: join(directory, "kubeadm") };
}

const root = join(import.meta.dirname, "../..");

function shipped(): string {
  const program = join(root, "dist/kubeadm");
  if (!existsSync(program)) throw new Error(`there is no ${program}: node scripts/build.ts --only binary`);
  return program;
}

function builtFor(release: string): string {
  execFileSync(process.execPath, ["scripts/build.ts", "--release", release], { cwd: root, stdio: "inherit" });
  return join(root, `dist/kubeadm-${release}`);
}
