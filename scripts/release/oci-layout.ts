import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Architecture, architectures } from "./architectures.ts";
import { type Release, workDirectory } from "./release.ts";
import { stageFiles } from "./staged-files.ts";
import { writeTar } from "./tarball.ts";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

/**
 * Writes an image with nothing but /kubeadm, in the form of https://github.com/opencontainers/image-spec: one image index for
 * all architectures. It is there to be copied from; it cannot run, because it has no C library.
 */
export async function writeOciLayout(release: Release, directory: string): Promise<void> {
  mkdirSync(join(directory, "blobs/sha256"), { recursive: true });
  const manifests: object[] = [];
  for (const architecture of release.architectures) {
    manifests.push({
      ...(await writeImage(release, { directory, architecture })),
      platform: { os: "linux", architecture: architectures[architecture].oci },
    });
  }
  const index = writeBlob(
    directory,
    mediaTypes.index,
    json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }),
  );
  const named = { ...index, annotations: { "org.opencontainers.image.ref.name": release.version.own } };
  writeFileSync(join(directory, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(
    join(directory, "index.json"),
    json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [named] }),
  );
}

async function writeImage(
  release: Release,
  { directory, architecture }: { readonly directory: string; readonly architecture: Architecture },
): Promise<Descriptor> {
  const { root, epoch, version, commit, compression } = release;
  const staging = workDirectory(release, `oci-${architecture}`);
  const { program, oci } = architectures[architecture];
  stageFiles(staging, [{ path: "/kubeadm", mode: 0o755, content: { copyOf: join(root, program) } }], epoch);
  const archive = `${staging}.tar`;
  await writeTar(release, { archive, directory: staging, names: ["kubeadm"] });
  const tar = readFileSync(archive);
  rmSync(archive);
  rmSync(staging, { recursive: true });
  const layer = writeBlob(directory, mediaTypes.layer, gzipSync(tar, { level: Math.max(1, compression) }));
  const created = new Date(epoch * 1000).toISOString().replace(".000Z", "Z");
  const labels = {
    "org.opencontainers.image.title": "kubeadm",
    "org.opencontainers.image.version": version.own,
    "org.opencontainers.image.revision": commit,
    "org.opencontainers.image.licenses": "Apache-2.0",
    "org.opencontainers.image.created": created,
  };
  const config = writeBlob(
    directory,
    mediaTypes.config,
    json({
      created,
      architecture: oci,
      os: "linux",
      config: { Labels: labels },
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
      history: [{ created, created_by: "npm run release", comment: `Kubernetes ${version.kubernetes}` }],
    }),
  );
  return writeBlob(
    directory,
    mediaTypes.manifest,
    json({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer], annotations: labels }),
  );
}

function writeBlob(directory: string, mediaType: string, content: Uint8Array | string): Descriptor {
  const bytes = Buffer.from(content);
  const digest = digestOf(bytes);
  writeFileSync(join(directory, "blobs", digest.replace(":", "/")), bytes);
  return { mediaType, digest, size: bytes.length };
}

function digestOf(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function json(value: object): string {
  return JSON.stringify(value);
}
