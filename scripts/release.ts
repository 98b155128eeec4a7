// `npm run release`: builds everything that a release consists of into dist/release, the same bytes each time, and checks it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { kubernetesVersion, programVersion } from "../src/kubeadm/version.ts";
import { arm64Runtime } from "./arm64-runtime.ts";
import { BuildError } from "./build-error.ts";
import { architectureHere } from "./pinned-bun.ts";
import { writeAptRepository } from "./release/apt-repository.ts";
import { checkRelease } from "./release/check-release.ts";
import { makeDocuments } from "./release/contents.ts";
import { copyrightFile } from "./release/copyright.ts";
import { buildDeb } from "./release/deb.ts";
import { dependencies } from "./release/dependencies.ts";
import { writeDnfRepository } from "./release/dnf-repository.ts";
import { writeOciLayout } from "./release/oci-layout.ts";
import { packLibrary } from "./release/pack-library.ts";
import { packageVersion } from "./release/package-version.ts";
import { provenance } from "./release/provenance.ts";
import { type Release, workDirectory } from "./release/release.ts";
import { help, type ReleasePlan, readPlan } from "./release/release-plan.ts";
import { buildRpm } from "./release/rpm.ts";
import { run } from "./release/run.ts";
import { describeRuntime } from "./release/runtime.ts";
import { billOfMaterials, type RuntimePackage } from "./release/sbom.ts";
import { openSigner, type Signer } from "./release/signing.ts";
import { hashedFiles, sumsText } from "./release/sums.ts";
import { buildTarball } from "./release/tarball.ts";
import { requireTools, type Tool } from "./release/tools.ts";
import { git, sourceInformation } from "./source-information.ts";

const root = resolve(import.meta.dirname, "..");

async function main(argv: readonly string[]): Promise<void> {
  const plan = readPlan(argv);
  if (plan === undefined) {
    process.stdout.write(help);
    return;
  }
  if (architectureHere() !== "x64")
    throw new BuildError("a release is made on amd64: its program is checked by running it");
  requireTools(toolsFor(plan));
  if (!plan.allowDirty) refuseUncommittedChanges();
  mkdirSync(join(root, "dist"), { recursive: true });
  const work = mkdtempSync(join(root, "dist/.release-"));
  try {
    await writeRelease(newRelease(plan, work), plan);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function toolsFor({ kinds, quick, sign }: ReleasePlan): readonly Tool[] {
  const withRpm: readonly Tool[] = ["rpmbuild", "createrepo_c", ...(sign ? (["rpmsign"] as const) : [])];
  return [
    ...(["npm", "tar", "xz"] as const),
    ...(sign ? (["gpg"] as const) : []),
    ...(kinds.includes("deb") ? (["dpkg-deb", ...(quick ? [] : (["lintian"] as const))] as const) : []),
    ...(kinds.includes("rpm") ? [...withRpm, ...(quick ? [] : (["rpmlint"] as const))] : []),
  ];
}

function refuseUncommittedChanges(): void {
  const changed = git("status", "--porcelain") ?? "";
  if (changed !== "") throw new BuildError(`there are changes that are not committed:\n${changed}`);
}

function newRelease({ output, architectures, quick, sign }: ReleasePlan, work: string): Release {
  const { commit, treeState, epoch } = sourceInformation();
  const gnupgHome = process.env["GNUPGHOME"];
  if (sign && gnupgHome === undefined)
    throw new BuildError("--sign needs GNUPGHOME, the directory with the secret key");
  return {
    root,
    output: resolve(output),
    work,
    version: packageVersion(kubernetesVersion, programVersion),
    commit,
    treeState,
    epoch,
    architectures,
    compression: quick ? 0 : 9,
    maintainer: process.env["KUBEADM_RELEASE_MAINTAINER"] ?? "kubeadm-ts authors <kubeadm-ts@example.org>",
    gnupgHome: sign ? gnupgHome : undefined,
  };
}

async function writeRelease(release: Release, plan: ReleasePlan): Promise<void> {
  const { output, architectures } = release;
  // The program of this machine is run for its completions and its version, whatever the release is for.
  const built = [
    "binary",
    ...(architectures.includes("arm64") ? ["arm64"] : []),
    ...(plan.kinds.includes("npm") ? ["library"] : []),
  ];
  const signer = await openSigner(release);
  for (const name of built) {
    process.stdout.write(
      await run([process.execPath, join(root, "scripts/build.ts"), "--only", name], { env: process.env }),
    );
  }
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  await writeArtifacts(release, plan, signer);
  await writeStatements(release, signer);
  await checkRelease(release, plan);
}

async function writeArtifacts(release: Release, { kinds }: ReleasePlan, signer: Signer | undefined): Promise<void> {
  const { output, architectures } = release;
  const documents = await makeDocuments(release);
  const runtime = await describeRuntime(root);
  const copyright = copyrightFile(documents.license, { dependencies: dependencies(root), runtime });
  const forEach = <Made>(build: (architecture: Release["architectures"][number]) => Promise<Made>) =>
    Promise.all(architectures.map(build));
  if (kinds.includes("deb")) {
    const debs = await forEach(async (architecture) => ({
      architecture,
      file: await buildDeb(release, documents, { architecture, copyright }),
    }));
    await writeAptRepository(release, { directory: join(output, "apt"), debs, signer });
    say("packages and a repository for apt");
  }
  if (kinds.includes("rpm")) {
    const rpms = await forEach((architecture) => buildRpm(release, documents, { architecture, copyright }));
    await signer?.packages(rpms);
    await writeDnfRepository(release, { directory: join(output, "dnf"), rpms, signer });
    say("packages and a repository for dnf");
  }
  if (kinds.includes("tarball")) {
    await forEach((architecture) => buildTarball(release, documents, { architecture, copyright }));
    say("tarballs");
  }
  if (kinds.includes("oci")) {
    await writeOciLayout(release, join(output, "oci"));
    say("an OCI image layout");
  }
  if (kinds.includes("npm")) {
    await packLibrary(root, { into: output, by: workDirectory(release, "npm") });
    say("the package for npm");
  }
}

/** What is said about the files: of what, from what, and their hashes. */
async function writeStatements(release: Release, signer: Signer | undefined): Promise<void> {
  const { output } = release;
  const runtime = await describeRuntime(root);
  const packages = runtimePackages(release);
  writeFileSync(join(output, "sbom.cdx.json"), await billOfMaterials(release, { runtime, packages }));
  if (signer !== undefined) writeFileSync(join(output, "kubeadm-ts.asc"), signer.publicKey);
  const statement = { files: hashedFiles(output), dependencies: dependencies(root), runtime, packages };
  writeFileSync(join(output, "provenance.intoto.json"), provenance(release, statement));
  writeFileSync(join(output, "SHA256SUMS"), sumsText(hashedFiles(output)));
  await signer?.detached(join(output, "SHA256SUMS"));
  say("SHA256SUMS, bill of materials, provenance");
}

function runtimePackages({ architectures }: Release): readonly RuntimePackage[] {
  const lockfile = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
  };
  const amd64 = "@oven/bun-linux-x64";
  const integrities = {
    amd64: { name: amd64, integrity: lockfile.packages[`node_modules/${amd64}`]?.integrity ?? "" },
    arm64: arm64Runtime,
  } as const;
  return architectures.map((architecture) => {
    const { name, integrity } = integrities[architecture];
    return { name, sha512: Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex") };
  });
}

function say(what: string): void {
  console.log(`release: wrote ${what}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
