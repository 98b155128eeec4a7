import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "./architectures.ts";
import { type Documents, gzipped, packagedFiles } from "./contents.ts";
import { type Release, reproducible, workDirectory } from "./release.ts";
import { run } from "./run.ts";
import { type PackagedFile, stageFiles } from "./staged-files.ts";

const documents = "/usr/share/doc/kubeadm";

/** What lintian calls an error, and why it is none. */
const overrides: Readonly<Record<string, string>> = {
  "unstripped-binary-or-object usr/bin/kubeadm":
    "The program's own code is compiled into a section of the executable, which stripping removes.",
  "embedded-library libjpeg usr/bin/kubeadm":
    "The runtime inside the executable is linked by its makers, and read as their hash says; kubeadm uses no pictures.",
};

/** Writes the package and returns its path. */
export async function buildDeb(
  release: Release,
  documentation: Documents,
  { architecture, copyright }: { readonly architecture: Architecture; readonly copyright: string },
): Promise<string> {
  const { output, version, epoch, compression } = release;
  const staging = workDirectory(release, `deb-${architecture}`);
  const text = (path: string, content: string | Uint8Array): PackagedFile => ({ path, mode: 0o644, content });
  const files = [
    ...packagedFiles(release, documentation, { family: "debian", architecture }),
    text(`${documents}/copyright`, copyright),
    text(`${documents}/changelog.gz`, gzipped(documentation.changelog)),
    text(`${documents}/changelog.Debian.gz`, gzipped(debianChangelog(release))),
    text("/usr/share/lintian/overrides/kubeadm", lintianOverrides()),
  ];
  stageFiles(staging, files, epoch);
  const size = files.reduce((sum, { path }) => sum + Math.ceil(statSync(join(staging, path)).size / 1024), 0);
  stageFiles(staging, [text("/DEBIAN/control", control(release, architecture, size))], epoch);
  const file = join(output, `kubeadm_${version.debian}_${architecture}.deb`);
  mkdirSync(output, { recursive: true });
  await run(
    [
      "dpkg-deb",
      "--root-owner-group",
      // The bytes depend on the number of threads.
      "--threads-max=1",
      ...(compression === 0 ? ["-Znone"] : ["-Zxz", `-z${compression}`]),
      "--build",
      staging,
      file,
    ],
    { env: reproducible(release) },
  );
  rmSync(staging, { recursive: true });
  return file;
}

/**
 * The dependencies are those of Kubernetes' own package, which has had none since 1.32, and the C library: unlike theirs, this
 * program is linked dynamically.
 */
function control({ version, maintainer }: Release, architecture: Architecture, installedSize: number): string {
  return `Package: kubeadm
Version: ${version.debian}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${installedSize}
Depends: libc6 (>= 2.17)
Provides: kubeadm-ts (= ${version.own.replaceAll("-", "~")})
Conflicts: kubeadm
Replaces: kubeadm
Section: admin
Priority: optional
Description: sets up and upgrades Kubernetes clusters
 Turns machines into the control planes and the nodes of a Kubernetes cluster,
 and upgrades them. A drop-in replacement for the kubeadm of Kubernetes
 ${version.kubernetes}: same commands, flags, configuration files and exit statuses.
 .
 It names the cause of a failure, continues an interrupted run, rolls a failed
 upgrade back, and diagnoses broken nodes ("kubeadm doctor").
`;
}

function debianChangelog({ version, maintainer, epoch }: Release): string {
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return `kubeadm (${version.debian}) stable; urgency=medium

  * kubeadm-ts ${version.own}, for Kubernetes ${version.kubernetes}. ${documents}/changelog.gz
    tells what has changed.

 -- ${maintainer}  ${date}
`;
}

function lintianOverrides(): string {
  return Object.entries(overrides)
    .map(([tag, reason]) => `# ${reason}\nkubeadm: ${tag.replace(/ (\S+)$/, " [$1]")}\n`)
    .join("");
}
