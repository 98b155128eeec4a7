import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { mustRun } from "../run-command.ts";
import type { ClusterVersion } from "../versions.ts";
import { ensureDebianRoot } from "./debian-root.ts";
import { ensureGoPart } from "./go-part.ts";
import { ensureHostLayer, ensureNextVersionLayer } from "./host-layer.ts";
import { ensureImageStore, imageReferences } from "./image-store.ts";
import { goParts } from "./kubernetes-parts.ts";
import { ensureMachinePackages } from "./machine-packages.ts";
import { type BuildContext, ensurePart } from "./part-store.ts";

/** Everything that hosts of one version consist of: folders in the cache that never change. */
export interface Parts {
  readonly version: ClusterVersion;
  /** Root file systems from the bottom up. */
  readonly rootLayers: readonly string[];
  /** A /var/lib/containerd with all images. */
  readonly imageStore: string;
  readonly kubectl: string;
  readonly kubeadm: string;
  readonly etcd: string;
}

/** How many Go parts are built in parallel: linking uses one core, compiling uses all of them. */
const PARALLEL_BUILDS = 2;

/** Builds what the cache lacks. With `upgradeTo`, hosts also have the images and the programs of that version. */
export async function ensureParts(
  context: BuildContext,
  version: ClusterVersion,
  upgradeTo?: ClusterVersion,
): Promise<Parts> {
  await ensureMachinePackages(context);
  const debianRoot = await ensureDebianRoot(context);
  const bin = await ensurePrograms(context, version);
  const kubeadm = join(bin("kubeadm"), "kubeadm");
  const references = await imageReferences(kubeadm, version.kubernetes);
  const sandbox = references.find((reference) => basename(reference).startsWith("pause:"));
  if (sandbox === undefined) throw new Error(`kubeadm ${version.kubernetes} names no pause image`);
  const hostLayer = await ensureHostLayer(context, version, bin, sandbox);
  const images = { version, parts: { bin, debianRoot } };
  const own = { version, kubeadm, kubectl: join(bin("kubectl"), "kubectl"), etcd: join(bin("etcd"), "etcd") };
  const layers = [debianRoot, hostLayer];
  if (upgradeTo === undefined) {
    return { ...own, rootLayers: layers, imageStore: await ensureImageStore(context, images) };
  }
  const next = await ensurePrograms(context, upgradeTo);
  const nextImages = { version: upgradeTo, parts: { bin: next, debianRoot } };
  return {
    ...own,
    rootLayers: [...layers, await ensureNextVersionLayer(context, upgradeTo, next)],
    imageStore: await ensureImageStore(context, images, nextImages),
  };
}

/** Returns the function that finds the folder of a part's programs. */
async function ensurePrograms(context: BuildContext, version: ClusterVersion): Promise<(part: string) => string> {
  const folders = await buildGoParts(context, version);
  folders.set("pause", await ensurePause(context));
  return (part) => {
    const folder = folders.get(part);
    if (folder === undefined) throw new Error(`the lab has no part ${part}`);
    return folder;
  };
}

async function buildGoParts(context: BuildContext, version: ClusterVersion): Promise<Map<string, string>> {
  const waiting = [...goParts(version)];
  const folders = new Map<string, string>();
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, part] = next;
      folders.set(name, await ensureGoPart(context, part));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_BUILDS }, worker));
  return folders;
}

/** The pause program is too small to be a separate part: a few lines in this folder's parent. */
async function ensurePause(context: BuildContext): Promise<string> {
  const source = join(import.meta.dirname, "../files/pause.go");
  const directory = await ensurePart(context, "pause-r2", async (target) => {
    await mkdir(join(target, "bin"));
    await mustRun(["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", join(target, "bin/pause"), source], {
      env: { ...process.env, CGO_ENABLED: "0", GO111MODULE: "off", GOFLAGS: "" },
      signal: context.signal,
    });
  });
  return join(directory, "bin");
}
