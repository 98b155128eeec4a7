// The package server of the guides: this checkout's package, upstream's, Kubernetes' other packages, and those of Debian that
// pages install.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Lab } from "../../../lab/lab.ts";
import { ensureDebianRoot } from "../../../lab/parts/debian-root.ts";
import { NEXT_VERSION_PROGRAMS } from "../../../lab/parts/host-layer.ts";
import { ensurePart } from "../../../lab/parts/part-store.ts";
import { writeAptRepository } from "../../../scripts/release/apt-repository.ts";
import { run } from "../../../scripts/release/run.ts";
import { openSigner, type Signer } from "../../../scripts/release/signing.ts";
import { type PackagedFile, stageFiles } from "../../../scripts/release/staged-files.ts";
import { copiedSources, endAgent, newSigningKey, quickRelease, upstreamDeb } from "../release/made-releases.ts";
import { temporaryDirectory } from "../temporary/temporary-directory.ts";

/** The version of upstream's package that a lab begins with. */
export function upstreamVersion(lab: Lab): string {
  return `${lab.state.kubernetes}-1.1`;
}

/** What pages install from Debian, and python3 for Ansible. */
const fromDebian = ["haproxy", "cloud-init", "python3", "python3-apt"];

/** Hosts have their programs already, and in a lab for upgrades those of the next version at another place. */
const ofKubernetes = ["kubelet", "kubectl", "containerd"];

const epoch = 1_790_000_000;

export interface PackageServer extends AsyncDisposable {
  /** To be served over HTTP. */
  readonly directory: string;
  readonly publicKey: string;
}

/** Makes all packages; the first time it downloads Debian's. */
export async function packageServer(lab: Lab): Promise<PackageServer> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(temporaryDirectory());
  const gnupgHome = join(path, "gnupg");
  const publicKey = await newSigningKey(gnupgHome);
  stack.defer(() => endAgent(gnupgHome));
  const signer = await openSigner({ gnupgHome });
  if (signer === undefined) throw new Error("there is no key to sign with");
  const directory = join(path, "web");
  await writeDebs(lab, { path, directory, signer });
  await writeKubernetesPackages(lab, { path, directory: join(directory, "kubernetes"), signer });
  for (const name of ["kubeadm-ts.asc", "kubernetes/Release.key"]) writeFileSync(join(directory, name), publicKey);
  const kept = stack.move();
  return { directory, publicKey, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

let ownPackage: Promise<string> | undefined;

/** The package of this checkout. It is made once for all pages, and removed with the temporary files of the run. */
async function makeOwnPackage(): Promise<string> {
  const { path } = temporaryDirectory();
  const made = await quickRelease(join(path, "release"), {
    from: copiedSources(join(path, "sources")),
    kinds: ["deb"],
  });
  const name = readdirSync(made).find((each) => each.endsWith(".deb"));
  if (name === undefined) throw new Error("the release has no package");
  return join(made, name);
}

interface Target {
  readonly path: string;
  readonly directory: string;
  readonly signer: Signer;
}

async function writeDebs(lab: Lab, { path, directory, signer }: Target): Promise<void> {
  const files = join(path, "debs");
  mkdirSync(files);
  ownPackage ??= makeOwnPackage();
  const own = await ownPackage;
  copyFileSync(own, join(files, basename(own)));
  const debian = await debianPackages(lab);
  for (const name of readdirSync(debian)) copyFileSync(join(debian, name), join(files, name));
  const dropIn = join(import.meta.dirname, "../../../lab/files/10-kubeadm.conf");
  const upstream = await upstreamDeb(path, { program: lab.parts.kubeadm, dropIn, version: upstreamVersion(lab) });
  copyFileSync(upstream, join(files, "upstream.deb"));
  const debs = readdirSync(files).map((name) => ({ architecture: "amd64", file: join(files, name) }) as const);
  await writeAptRepository({ epoch, architectures: ["amd64"] }, { directory: join(directory, "apt"), debs, signer });
}

/** The packages with all that they need and hosts don't have, downloaded by this machine's apt. */
async function debianPackages(lab: Lab): Promise<string> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const context = { cache: lab.cache, say };
  const root = await ensureDebianRoot(context);
  const part = await ensurePart(context, "page-packages-r1", async (target) => {
    const archives = join(target, "archives");
    mkdirSync(join(archives, "partial"), { recursive: true });
    const settings = [
      `Dir::State::status=${join(root, "var/lib/dpkg/status")}`,
      `Dir::Cache::archives=${archives}`,
      "Debug::NoLocking=1",
      "APT::Sandbox::User=root",
    ].flatMap((setting) => ["-o", setting]);
    const install = ["install", "--download-only", "--yes", "--no-install-recommends", ...fromDebian];
    await run(["apt-get", ...settings, ...install]);
    await run(["rm", "-rf", join(archives, "partial"), join(archives, "lock")]);
  });
  return join(part, "archives");
}

/** A repository without components, as pkgs.k8s.io has it. */
async function writeKubernetesPackages(lab: Lab, { path, directory, signer }: Target): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const { kubernetes, upgradeTo = kubernetes } = lab.state;
  for (const name of ofKubernetes) {
    const staging = join(path, `staged-${name}`);
    const control = [
      ...[`Package: ${name}`, `Version: ${upgradeTo}-1.1`, "Architecture: amd64"],
      "Maintainer: Kubernetes Authors <dev@kubernetes.io>",
      ...["Section: admin", "Priority: optional", "Description: the lab's hosts have it", ""],
    ].join("\n");
    const program = `${NEXT_VERSION_PROGRAMS}/${name}`;
    const install = `#!/bin/sh\nset -e\nif [ -e ${program} ]; then install -m 0755 ${program} /usr/bin/${name}; fi\n`;
    const files: readonly PackagedFile[] = [
      { path: "/DEBIAN/control", mode: 0o644, content: control },
      { path: "/DEBIAN/postinst", mode: 0o755, content: install },
    ];
    stageFiles(staging, files, epoch);
    await run(["dpkg-deb", "--root-owner-group", "--build", staging, join(directory, `${name}.deb`)]);
  }
  const packages = await run(["dpkg-scanpackages", "--multiversion", "."], { cwd: directory });
  writeFileSync(join(directory, "Packages"), packages);
  const hash = createHash("sha256")
    .update(readFileSync(join(directory, "Packages")))
    .digest("hex");
  const { size } = statSync(join(directory, "Packages"));
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "UTC");
  const release = join(path, "KubernetesRelease");
  writeFileSync(release, `Origin: kubernetes\nDate: ${date}\nSHA256:\n ${hash} ${size} Packages\n`);
  await signer.inline(release, join(directory, "InRelease"));
}
