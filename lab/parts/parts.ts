import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { mustRun } from "../run-command.ts";
import type { ClusterVersion } from "../versions.ts";
import { ensureDebianRoot } from "./debian-root.ts";
import { ensureGoPart } from "./go-part.ts";
import { ensureHostLayer } from "./host-layer.ts";
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

/** How many Go parts are built at once: linking uses one core, compiling all of them. */
const PARALLEL_BUILDS = 2;

/** Builds what the cache lacks. */
export async function ensureParts(context: BuildContext, version: ClusterVersion): Promise<Parts> {
  await ensureMachinePackages(context);
  const [folders, debianRoot] = await Promise.all([buildGoParts(context, version), ensureDebianRoot(context)]);
  folders.set("pause", await ensurePause(context));
  const bin = (part: string): string => {
    const folder = folders.get(part);
    if (folder === undefined) throw new Error(`the lab has no part ${part}`);
    return folder;
  };
  const kubeadm = join(bin("kubeadm"), "kubeadm");
  const references = await imageReferences(kubeadm, version.kubernetes);
  const sandbox = references.find((reference) => basename(reference).startsWith("pause:"));
  if (sandbox === undefined) throw new Error(`kubeadm ${version.kubernetes} names no pause image`);
  const hostLayer = await ensureHostLayer(context, version, bin, sandbox);
  const imageStore = await ensureImageStore(context, version, { bin, debianRoot });
  return {
    version,
    rootLayers: [debianRoot, hostLayer],
    imageStore,
    kubeadm,
    kubectl: join(bin("kubectl"), "kubectl"),
    etcd: join(bin("etcd"), "etcd"),
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
