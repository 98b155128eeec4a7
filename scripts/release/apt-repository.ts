import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { Architecture } from "./architectures.ts";
import type { Release } from "./release.ts";
import { run } from "./run.ts";
import type { Signer } from "./signing.ts";

const suite = "stable";
const component = "main";
const pool = `pool/${component}/k/kubeadm`;

export interface DebFile {
  readonly architecture: Architecture;
  readonly file: string;
}

/**
 * Writes a repository in the form of https://wiki.debian.org/DebianRepository/Format, below `directory`. It needs no program
 * but dpkg-deb: an index is the packages' own control files, and hashes.
 */
export async function writeAptRepository(
  release: Pick<Release, "epoch" | "architectures">,
  {
    directory,
    debs,
    signer,
  }: { readonly directory: string; readonly debs: readonly DebFile[]; readonly signer: Signer | undefined },
): Promise<void> {
  const suiteDirectory = join(directory, "dists", suite);
  mkdirSync(join(directory, pool), { recursive: true });
  for (const { file } of debs) linkSync(file, join(directory, pool, basename(file)));
  const indexes: string[] = [];
  for (const architecture of release.architectures) {
    const entries = await Promise.all(
      debs.filter((deb) => deb.architecture === architecture).map(({ file }) => packageEntry(file)),
    );
    const text = entries.join("\n");
    const index = `${component}/binary-${architecture}/Packages`;
    mkdirSync(join(suiteDirectory, `${component}/binary-${architecture}`), { recursive: true });
    writeFileSync(join(suiteDirectory, index), text);
    writeFileSync(join(suiteDirectory, `${index}.gz`), gzipSync(text, { level: constants.Z_BEST_COMPRESSION }));
    indexes.push(index, `${index}.gz`);
  }
  const releaseFile = join(suiteDirectory, "Release");
  writeFileSync(releaseFile, releaseText(release, { directory: suiteDirectory, indexes }));
  if (signer === undefined) return;
  await signer.inline(releaseFile, join(suiteDirectory, "InRelease"));
  await signer.detached(releaseFile, join(suiteDirectory, "Release.gpg"));
}

async function packageEntry(file: string): Promise<string> {
  const control = await run(["dpkg-deb", "--field", file]);
  const content = readFileSync(file);
  const fields = [
    `Filename: ${pool}/${basename(file)}`,
    `Size: ${content.length}`,
    `SHA256: ${createHash("sha256").update(content).digest("hex")}`,
  ];
  // The description is the last field, and has several lines.
  return `${control.replace(/^Description:/m, `${fields.join("\n")}\nDescription:`).trimEnd()}\n`;
}

function releaseText(
  { epoch, architectures }: Pick<Release, "epoch" | "architectures">,
  { directory, indexes }: { readonly directory: string; readonly indexes: readonly string[] },
): string {
  const hashes = indexes.map((index) => {
    const file = join(directory, index);
    const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
    return ` ${hash} ${statSync(file).size} ${index}`;
  });
  return `Origin: kubeadm-ts
Label: kubeadm-ts
Suite: ${suite}
Codename: ${suite}
Date: ${new Date(epoch * 1000).toUTCString().replace("GMT", "UTC")}
Architectures: ${architectures.join(" ")}
Components: ${component}
Description: kubeadm in TypeScript
SHA256:
${hashes.join("\n")}
`;
}
