import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, architectures } from "./architectures.ts";
import type { Documents } from "./contents.ts";
import { type Release, reproducible, workDirectory } from "./release.ts";
import { run } from "./run.ts";
import { type PackagedFile, stageFiles } from "./staged-files.ts";

/** For machines without packages: the program, manual pages, completions, schema, license and changelog. Returns the path. */
export async function buildTarball(
  release: Release,
  { manPages, completions, schema, changelog, license }: Documents,
  { architecture, copyright }: { readonly architecture: Architecture; readonly copyright: string },
): Promise<string> {
  const { root, output, version, epoch, compression } = release;
  const name = `kubeadm-${version.own}-linux-${architecture}`;
  const directory = workDirectory(release, `tarball-${architecture}`);
  const text = (path: string, content: string): PackagedFile => ({ path: join("/", name, path), mode: 0o644, content });
  stageFiles(
    directory,
    [
      { path: `/${name}/kubeadm`, mode: 0o755, content: { copyOf: join(root, architectures[architecture].program) } },
      ...manPages.map((page) => text(`man/man1/${page.name}`, page.text)),
      ...[...completions].map(([shell, script]) => text(`completions/kubeadm.${shell}`, script)),
      text("kubeadm.schema.json", schema),
      text("CHANGELOG.md", changelog),
      text("LICENSE", license),
      text("THIRD-PARTY", copyright),
    ],
    epoch,
  );
  const archive = join(directory, `${name}.tar`);
  await writeTar(release, { archive, directory, names: [name] });
  await run(["xz", "--threads=1", `-${compression}`, archive]);
  mkdirSync(output, { recursive: true });
  const file = join(output, `${name}.tar.xz`);
  renameSync(`${archive}.xz`, file);
  rmSync(directory, { recursive: true });
  return file;
}

/** An archive that tells nothing of the machine that wrote it. */
export async function writeTar(
  release: Release,
  {
    archive,
    directory,
    names,
  }: { readonly archive: string; readonly directory: string; readonly names: readonly string[] },
): Promise<void> {
  const sameEverywhere = ["--sort=name", "--format=ustar", "--owner=0", "--group=0", "--numeric-owner"];
  await run(
    [
      "tar",
      "--create",
      ...sameEverywhere,
      `--mtime=@${release.epoch}`,
      `--file=${archive}`,
      `--directory=${directory}`,
      ...names,
    ],
    { env: reproducible(release) },
  );
}
