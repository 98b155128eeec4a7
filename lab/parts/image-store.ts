import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
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

/** Returns a /var/lib/containerd with all images of the version, imported and unpacked. */
export async function ensureImageStore(
  context: BuildContext,
  version: ClusterVersion,
  parts: ImageParts,
): Promise<string> {
  const id = `images-${version.kubernetes}-${version.containerd}-${version.etcd}-${version.coredns}-r${RECIPE}`;
  const directory = await ensurePart(context, id, async (target) => {
    const work = join(target, "work");
    const references = await imageReferences(join(parts.bin("kubeadm"), "kubeadm"), version.kubernetes);
    const images = [];
    for (const [index, reference] of references.entries()) {
      images.push(await makeImageRoot(reference, join(work, "roots", `${index}`), parts));
    }
    const archive = join(work, "images.tar");
    await writeImageArchive(images, archive, join(work, "layout"), context.signal);
    await importImages(archive, join(target, "containerd"), work, parts.bin("containerd"), context.signal);
    await writeFile(join(target, "images.txt"), `${references.join("\n")}\n`);
    await rm(work, { recursive: true });
  });
  return join(directory, "containerd");
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
  const socket = join(work, "run/containerd.sock");
  const config = join(work, "containerd.toml");
  await mkdir(join(work, "run"), { recursive: true });
  const lines = [
    "version = 3",
    `root = '${store}'`,
    `state = '${join(work, "run/state")}'`,
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
