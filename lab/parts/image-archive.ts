import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../run-command.ts";

/** A container image of one layer. */
export interface ImageSource {
  readonly reference: string;
  /** Folder that becomes the layer. */
  readonly root: string;
  readonly entrypoint: readonly string[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

const PLATFORM = { architecture: process.arch === "x64" ? "amd64" : process.arch, os: "linux" } as const;
const TYPE = "application/vnd.oci.image";
const IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Writes an OCI layout with all the images to a tar archive, the format that containerd imports. */
export async function writeImageArchive(
  images: readonly ImageSource[],
  archive: string,
  work: string,
  signal?: AbortSignal,
): Promise<void> {
  const blobs = join(work, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const manifests: Descriptor[] = [];
  for (const image of images) manifests.push(await writeImage(image, blobs, signal));
  const index = { schemaVersion: 2, mediaType: `${TYPE}.index.v1+json`, manifests };
  await writeFile(join(work, "index.json"), JSON.stringify(index));
  await writeFile(join(work, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await mustRun(["tar", "-C", work, "-cf", archive, "oci-layout", "index.json", "blobs"], {
    signal,
    timeoutMs: 600_000,
  });
}

async function writeImage(image: ImageSource, blobs: string, signal: AbortSignal | undefined): Promise<Descriptor> {
  const layer = await writeLayer(image.root, blobs, signal);
  const config = await writeJson(blobs, `${TYPE}.config.v1+json`, {
    ...PLATFORM,
    config: { Entrypoint: image.entrypoint, Env: [`PATH=${IMAGE_PATH}`], WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  });
  const mediaType = `${TYPE}.manifest.v1+json`;
  const manifest = await writeJson(blobs, mediaType, { schemaVersion: 2, mediaType, config, layers: [layer] });
  return { ...manifest, annotations: { "io.containerd.image.name": image.reference } };
}

async function writeLayer(root: string, blobs: string, signal: AbortSignal | undefined): Promise<Descriptor> {
  const file = join(blobs, "layer");
  const reproducible = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  await mustRun(["tar", "-C", root, ...reproducible, "-cf", file, "."], { signal, timeoutMs: 600_000 });
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const digest = hash.digest("hex");
  const { size } = await stat(file);
  await rm(join(blobs, digest), { force: true });
  await rename(file, join(blobs, digest));
  return { mediaType: `${TYPE}.layer.v1.tar`, digest: `sha256:${digest}`, size };
}

async function writeJson(blobs: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = createHash("sha256").update(text).digest("hex");
  await writeFile(join(blobs, digest), text);
  return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) };
}
