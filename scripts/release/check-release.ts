import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../build-error.ts";
import { architectures } from "./architectures.ts";
import type { Release } from "./release.ts";
import type { ReleasePlan } from "./release-plan.ts";
import { run } from "./run.ts";

/** What an operator downloads at most for one machine, in bytes. */
export const downloadLimit = 43_000_000;

/** Examines what was written with tools that did not write it. Throws a BuildError for the first thing that is wrong. */
export async function checkRelease(release: Release, { kinds, quick }: ReleasePlan): Promise<void> {
  await checkVersions(release);
  await run(["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"], { cwd: release.output });
  if (kinds.includes("deb")) await checkDebs(release);
  if (kinds.includes("rpm")) await checkRpms(release);
  if (quick) return;
  checkSizes(release);
  if (kinds.includes("deb")) await lint("lintian", filesWith(release, ".deb"));
  if (kinds.includes("rpm")) await lint("rpmlint", filesWith(release, ".rpm"));
  console.log("release: checked");
}

async function checkVersions({ root, version }: Release): Promise<void> {
  const text = await run([join(root, architectures.amd64.program), "version", "-o", "json"]);
  const { clientVersion, implementation } = JSON.parse(text) as Readonly<
    Record<string, Readonly<Record<string, string>>>
  >;
  const manifest = JSON.parse(await run(["npm", "pkg", "get", "version", "--json"], { cwd: root })) as unknown;
  expectEqual("the version of Kubernetes in the program", clientVersion?.["gitVersion"], `v${version.kubernetes}`);
  expectEqual("the version in the program", implementation?.["version"], version.own);
  expectEqual("the version in package.json", manifest, version.own);
}

async function checkDebs(release: Release): Promise<void> {
  const { version } = release;
  for (const architecture of release.architectures) {
    const file = join(release.output, `kubeadm_${version.debian}_${architecture}.deb`);
    const fields = await run(["dpkg-deb", "--show", "--showformat", `\${Package} \${Version} \${Architecture}`, file]);
    expectEqual(`fields of ${file}`, fields, `kubeadm ${version.debian} ${architecture}`);
    const foreign = (await run(["dpkg-deb", "--contents", file]))
      .split("\n")
      .filter((line) => !/^$| root\/root /.test(line));
    expectEqual(`files of other users in ${file}`, foreign.join("\n"), "");
  }
}

async function checkRpms(release: Release): Promise<void> {
  const { version } = release;
  for (const architecture of release.architectures) {
    const { rpm } = architectures[architecture];
    const file = join(release.output, `kubeadm-${version.rpm.version}-${version.rpm.release}.${rpm}.rpm`);
    const fields = await run([
      "rpm",
      "--query",
      "--package",
      "--queryformat",
      "%{NAME} %{VERSION}-%{RELEASE} %{ARCH}",
      file,
    ]);
    expectEqual(`fields of ${file}`, fields, `kubeadm ${version.rpm.version}-${version.rpm.release} ${rpm}`);
  }
}

function checkSizes({ output }: Release): void {
  for (const name of readdirSync(output).filter((each) => /\.(deb|rpm|tar\.xz)$/.test(each))) {
    const { size } = statSync(join(output, name));
    console.log(`release: ${(size / 1e6).toFixed(1).padStart(5)} MB  ${name}`);
    if (size > downloadLimit) throw new BuildError(`${name} has ${size} bytes, more than ${downloadLimit}`);
  }
}

/** Both end with a failure for an error, not for a warning. */
async function lint(program: "lintian" | "rpmlint", files: readonly string[]): Promise<void> {
  const options = {
    lintian: ["--fail-on=error", "--allow-root"],
    rpmlint: ["--rpmlintrc", join(import.meta.dirname, "kubeadm.rpmlintrc")],
  };
  const said = await run([program, ...options[program], ...files]);
  for (const line of said.trimEnd().split("\n")) console.log(`${program}: ${line}`);
}

function filesWith({ output }: Release, suffix: string): readonly string[] {
  return readdirSync(output)
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(output, name));
}

function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new BuildError(`${what}: ${String(found)}, expected ${String(expected)}`);
}
