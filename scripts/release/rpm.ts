import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, architectures } from "./architectures.ts";
import { type Documents, packagedFiles } from "./contents.ts";
import { type Release, reproducible, workDirectory } from "./release.ts";
import { run } from "./run.ts";
import { type PackagedFile, stageFiles } from "./staged-files.ts";

/** Writes the package and returns its path. */
export async function buildRpm(
  release: Release,
  documentation: Documents,
  { architecture, copyright }: { readonly architecture: Architecture; readonly copyright: string },
): Promise<string> {
  const { output, version, epoch, compression } = release;
  const directory = workDirectory(release, `rpm-${architecture}`);
  const staging = join(directory, "staging");
  const text = (path: string, content: string): PackagedFile => ({ path, mode: 0o644, content });
  const files = [
    ...packagedFiles(release, documentation, { family: "rpm", architecture }),
    text("/usr/share/licenses/kubeadm/LICENSE", documentation.license),
    text("/usr/share/licenses/kubeadm/THIRD-PARTY", copyright),
    text("/usr/share/doc/kubeadm/CHANGELOG.md", documentation.changelog),
  ];
  stageFiles(staging, files, epoch);
  const specification = join(directory, "kubeadm.spec");
  writeFileSync(specification, spec(release, files));
  const { rpm } = architectures[architecture];
  const definitions = {
    _topdir: join(directory, "top"),
    staging,
    _rpmdir: join(directory, "rpms"),
    _buildhost: "reproducible",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
    _binary_payload: compression === 0 ? "w.ufdio" : `w${compression}.xzdio`,
    // The program must stay as it was built.
    __os_install_post: "%{nil}",
    debug_package: "%{nil}",
    _build_id_links: "none",
    // Debian's rpm has another place for its own distribution.
    _docdir: "/usr/share/doc",
  };
  await run(
    [
      "rpmbuild",
      "-bb",
      "--quiet",
      `--target=${rpm}`,
      ...Object.entries(definitions).flatMap(([name, value]) => ["--define", `${name} ${value}`]),
      specification,
    ],
    { env: reproducible(release) },
  );
  const name = `kubeadm-${version.rpm.version}-${version.rpm.release}.${rpm}.rpm`;
  const file = join(output, name);
  mkdirSync(output, { recursive: true });
  const made = join(directory, "rpms", rpm);
  if (!readdirSync(made).includes(name)) throw new Error(`rpmbuild wrote ${readdirSync(made).join(", ")}, not ${name}`);
  renameSync(join(made, name), file);
  rmSync(directory, { recursive: true });
  return file;
}

function spec({ version, epoch, maintainer }: Release, files: readonly PackagedFile[]): string {
  return `Name: kubeadm
Version: ${version.rpm.version}
Release: ${version.rpm.release}
Summary: Sets up and upgrades Kubernetes clusters
License: Apache-2.0
Group: admin
Packager: ${maintainer}
Provides: kubeadm-ts = ${version.own.replaceAll("-", "~")}
Conflicts: kubernetes-kubeadm

%description
Turns machines into the control planes and the nodes of a Kubernetes cluster,
and upgrades them. A drop-in replacement for the kubeadm of Kubernetes
${version.kubernetes}: same commands, flags, configuration files and exit statuses.

It names the cause of a failure, continues an interrupted run, rolls a failed
upgrade back, and diagnoses broken nodes ("kubeadm doctor").

%install
cp --archive %{staging}/. %{buildroot}/

%files
%dir /usr/lib/systemd/system/kubelet.service.d
%dir /usr/share/kubeadm
%dir /usr/share/doc/kubeadm
%dir /usr/share/licenses/kubeadm
${files.map(({ path, mode }) => `${directive(path)}%attr(0${mode.toString(8)}, root, root) ${path}`).join("\n")}

%changelog
* ${changelogDate(epoch)} ${maintainer} - ${version.rpm.version}-${version.rpm.release}
- kubeadm-ts ${version.own}, for Kubernetes ${version.kubernetes}; /usr/share/doc/kubeadm/CHANGELOG.md
  tells what has changed.
`;
}

function directive(path: string): string {
  if (path.startsWith("/usr/share/licenses/")) return "%license ";
  return path.startsWith("/usr/share/doc/") || path.startsWith("/usr/share/man/") ? "%doc " : "";
}

/** "Sat Nov 28 2026" */
function changelogDate(epoch: number): string {
  return new Date(epoch * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) .*$/, "$1 $3 $2 $4");
}
