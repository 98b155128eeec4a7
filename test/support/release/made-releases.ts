// Releases that tests make: this one, the next one, and a package of upstream's program.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "../../../scripts/release/run.ts";
import { type PackagedFile, stageFiles } from "../../../scripts/release/staged-files.ts";
import { findTool } from "../../../scripts/release/tools.ts";

/** False on a machine that cannot make packages of both kinds, or whose program is not the one for amd64. */
export const canPackage =
  process.arch === "x64" &&
  (["dpkg-deb", "rpmbuild", "rpmsign", "createrepo_c", "gpg"] as const).every((tool) => findTool(tool) !== undefined);

const checkout = resolve(import.meta.dirname, "../../..");

/** What a release is made from. */
const sources = [
  ...[
    "bin",
    "src",
    "scripts",
    "docs",
    "examples",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.lib.json",
    ".npmrc",
  ],
  ...["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"],
];

/** Returns a copy of the sources, with the packages of this checkout and, if one is given, another version. */
export function copiedSources(directory: string, version?: string): string {
  mkdirSync(directory, { recursive: true });
  for (const name of sources) cpSync(join(checkout, name), join(directory, name), { recursive: true });
  symlinkSync(join(checkout, "node_modules"), join(directory, "node_modules"));
  if (version !== undefined) {
    for (const file of ["package.json", "package-lock.json", "src/kubeadm/version.ts"]) {
      const path = join(directory, file);
      const current = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")).version as string;
      writeFileSync(path, readFileSync(path, "utf8").replaceAll(`"${current}"`, `"${version}"`));
    }
  }
  return directory;
}

/** Makes a release of the given kinds from a copy of the sources, for amd64, not compressed. */
export async function quickRelease(
  directory: string,
  {
    from,
    kinds,
    gnupgHome,
    epoch = "1790000000",
  }: {
    readonly from: string;
    readonly kinds: readonly string[];
    readonly gnupgHome?: string;
    readonly epoch?: string;
  },
): Promise<string> {
  const only = kinds.flatMap((kind) => ["--only", kind]);
  const sign = gnupgHome === undefined ? [] : ["--sign"];
  const options = ["--architecture", "amd64", "--quick", "--allow-dirty", "--output", directory];
  const information = { KUBEADM_GIT_COMMIT: "0".repeat(40), KUBEADM_GIT_TREE_STATE: "clean", SOURCE_DATE_EPOCH: epoch };
  await run([process.execPath, join(from, "scripts/release.ts"), ...options, ...only, ...sign], {
    cwd: from,
    env: { ...process.env, ...information, ...(gnupgHome === undefined ? {} : { GNUPGHOME: gnupgHome }) },
  });
  return directory;
}

/** Writes a package of upstream's program with the layout of Kubernetes' own package, which lies at pkgs.k8s.io. */
export async function upstreamDeb(
  directory: string,
  { program, dropIn, version }: { readonly program: string; readonly dropIn: string; readonly version: string },
): Promise<string> {
  const staging = join(directory, "upstream");
  const files: readonly PackagedFile[] = [
    { path: "/usr/bin/kubeadm", mode: 0o755, content: { copyOf: program } },
    {
      path: "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
      mode: 0o644,
      content: { copyOf: dropIn },
    },
    { path: "/usr/share/doc/kubeadm/README.md", mode: 0o644, content: "# Kubernetes (K8s)\n" },
    {
      path: "/DEBIAN/control",
      mode: 0o644,
      content: `Package: kubeadm
Version: ${version}
Architecture: amd64
Maintainer: Kubernetes Authors <dev@kubernetes.io>
Section: admin
Priority: optional
Description: Command-line utility for administering a Kubernetes cluster
`,
    },
  ];
  stageFiles(staging, files, 1_790_000_000);
  const file = join(directory, `kubeadm_${version}_amd64.deb`);
  await run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", staging, file]);
  return file;
}

/** Makes a directory with a new key that signs, and returns the public key. */
export async function newSigningKey(directory: string): Promise<string> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const env = { GNUPGHOME: directory };
  const key = ["--quick-generate-key", "kubeadm-ts test <test@example.org>", "ed25519", "sign", "never"] as const;
  await run(["gpg", "--batch", "--passphrase", "", ...key], { env });
  return run(["gpg", "--batch", "--armor", "--export"], { env });
}

/** gpg leaves its agent behind, which has files in the directory. */
export async function endAgent(gnupgHome: string): Promise<void> {
  await run(["gpgconf", "--kill", "all"], { env: { GNUPGHOME: gnupgHome } });
}
