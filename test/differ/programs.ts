import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureGoPart } from "../../lab/parts/go-part.ts";
import { goParts } from "../../lab/parts/kubernetes-parts.ts";
import { cacheDirectory } from "../../lab/parts/part-store.ts";
import { clusterVersion } from "../../lab/versions.ts";
import type { StagePrograms } from "./stage/stage.ts";

const upstreamVersion = "1.37.2";

/** This checkout's program and upstream's, which is built the first time; undefined without a Go toolchain. */
export async function findPrograms(): Promise<StagePrograms | undefined> {
  const ours = process.env["KUBEADM_BINARY"] ?? join(import.meta.dirname, "../../dist/kubeadm");
  if (!existsSync(ours)) throw new Error(`there is no ${ours}: node scripts/build.ts --only binary`);
  const part = goParts(clusterVersion(upstreamVersion)).get("kubeadm");
  if (part === undefined) throw new Error("the lab has no part kubeadm");
  const cache = cacheDirectory();
  const isBuilt = existsSync(join(cache, "parts", `kubeadm-${upstreamVersion}-r1`));
  if (!isBuilt && spawnSync("go", ["version"]).status !== 0) return undefined;
  const directory = await ensureGoPart({ cache, say: (line) => console.log(line) }, part);
  return { ours, upstream: join(directory, "kubeadm") };
}
