import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../run-command.ts";
import type { ClusterVersion } from "../versions.ts";
import { waitUntil } from "../wait-until.ts";
import { writeImageArchive } from "./image-archive.ts";
import { type ImageParts, makeImageRoot } from "./image-roots.ts";
import { type BuildContext, ensurePart } from "./part-store.ts";

const RECIPE = 3;

/** Files that containerd changes in place. All others in its folder are written once, so that hosts may share them. */
const DATABASE = /\.db$/;

/** Runs the version's own kubeadm, which does not need a network if the full version is given. */
export async function imageReferences(kubeadm: string, kubernetes: string): Promise<string[]> {
  const text = await mustRun([kubeadm, "config", "images", "list", "--kubernetes-version", `v${kubernetes}`]);
  return text.split("\n").filter((line) => line !== "");
}

/** The images of one version. */
export interface VersionImages {
  readonly version: ClusterVersion;
  readonly parts: ImageParts;
}

/**
 * Returns a /var/lib/containerd with all images of the version, imported and unpacked; with those of `upgradeTo` as
 * well, if it is given.
 */
export async function ensureImageStore(
  context: BuildContext,
  images: VersionImages,
  upgradeTo?: VersionImages,
): Promise<string> {
  const id = storeId(images.version);
  const store = await ensureStore(context, id, images);
  if (upgradeTo === undefined) return store;
  return ensureStore(context, `${id}-and-${upgradeTo.version.kubernetes}`, upgradeTo, { images, store });
}

function storeId({ kubernetes, containerd, etcd, coredns }: ClusterVersion): string {
  return `images-${kubernetes}-${containerd}-${etcd}-${coredns}-r${RECIPE}`;
}

async function ensureStore(
  context: BuildContext,
  id: string,
  { version, parts }: VersionImages,
  base?: { readonly images: VersionImages; readonly store: string },
): Promise<string> {
  const directory = await ensurePart(context, id, async (target) => {
    const work = join(target, "work");
    const present = base === undefined ? [] : await referencesOf(base.images);
    if (base !== undefined) await cloneImageStore(base.store, join(target, "containerd"), context.signal);
    const references = (await referencesOf({ version, parts })).filter((reference) => !present.includes(reference));
    const images = [];
    for (const [index, reference] of references.entries()) {
      images.push(await makeImageRoot(reference, join(work, "roots", `${index}`), parts));
    }
    const archive = join(work, "images.tar");
    await writeImageArchive(images, archive, join(work, "layout"), context.signal);
    await importImages(archive, join(target, "containerd"), work, parts.bin("containerd"), context.signal);
    await writeFile(join(target, "images.txt"), `${[...present, ...references].join("\n")}\n`);
    await rm(work, { recursive: true });
  });
  return join(directory, "containerd");
}

function referencesOf({ version, parts }: VersionImages): Promise<string[]> {
  return imageReferences(join(parts.bin("kubeadm"), "kubeadm"), version.kubernetes);
}

/**
 * Runs a separate containerd for the import, in a mount namespace whose mounts disappear when it ends. It also ends if
 * this process is killed.
 */
async function importImages(
  archive: string,
  store: string,
  work: string,
  bin: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  // The path of a socket has at most 104 bytes, whatever the length of the cache's path is.
  const run = await mkdtemp(join(tmpdir(), "kubeadm-lab-"));
  const socket = join(run, "containerd.sock");
  const config = join(work, "containerd.toml");
  const lines = [
    "version = 3",
    `root = '${store}'`,
    `state = '${join(run, "state")}'`,
    `disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images"]`,
    "[grpc]",
    `address = '${socket}'`,
    "[ttrpc]",
    `address = '${socket}.ttrpc'`,
  ];
  await writeFile(config, `${lines.join("\n")}\n`);
  const isolate = ["--pdeathsig", "TERM", "unshare", "--mount", "--propagation", "private"];
  const daemon = spawn("setpriv", [...isolate, join(bin, "containerd"), "--config", config], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => daemon.once("close", () => resolve()));
  try {
    await waitUntil("containerd's socket", () => existsSync(socket), { timeoutMs: 60_000, signal });
    await mustRun(
      [join(bin, "ctr"), "--address", socket, "--namespace", "k8s.io", "images", "import", "--local", archive],
      { timeoutMs: 10 * 60_000, signal },
    );
  } finally {
    daemon.kill("SIGTERM");
    await ended;
    await rm(run, { recursive: true, force: true });
  }
  // Identifies the machine of the store: each host gets its own.
  await rm(join(store, "io.containerd.grpc.v1.introspection"), { recursive: true, force: true });
}

/**
 * Creates a host's own store. Layers and blobs are hard links, which take neither time nor disk space: containerd never
 * writes to them, and containers see them through overlay mounts. Databases are copied.
 */
export async function cloneImageStore(store: string, target: string, signal?: AbortSignal): Promise<void> {
  await mustRun(["cp", "-al", store, target], { signal });
  for (const file of await readdir(store, { recursive: true })) {
    // Files inside the layers are not databases, whatever their names are.
    if (!DATABASE.test(file) || file.includes("/snapshots/")) continue;
    await rm(join(target, file));
    await cp(join(store, file), join(target, file), { preserveTimestamps: true });
  }
}
