// Runs a small Go program that is linked with packages of a release of Kubernetes, and says what these know.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildEnvironment, deriveModuleFile, type GoPart, readModuleFile } from "../../lab/parts/go-part.ts";
import { goParts } from "../../lab/parts/kubernetes-parts.ts";
import { type BuildContext, ensurePart } from "../../lab/parts/part-store.ts";
import { mustRun } from "../../lab/run-command.ts";
import { clusterVersion } from "../../lab/versions.ts";
import type { KernelOption } from "../../src/kubernetes/minors/minor-data.ts";
import type { Component } from "./sources.ts";

export interface Facts {
  readonly coreDns: string;
  readonly pause: string;
  readonly etcd: string;
  readonly supportedEtcd: Readonly<Record<number, string>>;
  readonly oldestExternalEtcd: string;
  readonly gates: readonly string[];
  readonly structs: Readonly<Record<string, readonly string[]>>;
  readonly system: SystemSpec;
}

/** As k8s.io/system-validators names it. */
export interface SystemSpec {
  readonly kernelSpec: {
    readonly versions: readonly string[];
    readonly versionsNote: string;
    readonly required: readonly KernelOption[];
    /** Its versions for 1.34 do not distinguish the versions of cgroups. */
    readonly requiredCgroupsV1?: readonly KernelOption[];
    readonly requiredCgroupsV2?: readonly KernelOption[];
    readonly optional: readonly KernelOption[];
  };
  readonly cgroups: readonly string[];
  readonly cgroupsOptional: readonly string[];
  readonly cgroupsV2: readonly string[];
  readonly cgroupsV2Optional: readonly string[];
}

const source = join(import.meta.dirname, "probe", "main.go");

/** Returns what the packages know; the answer is kept in the lab's cache. */
export async function askPackages(context: BuildContext, release: string): Promise<Facts> {
  const text = readFileSync(source, "utf8");
  const recipe = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const directory = await ensurePart(context, `facts-${release}-${recipe}`, async (target) => {
    const { part, work } = await makeModule(context, release, target);
    await writeFile(join(work, "main.go"), text);
    const output = join(work, "probe");
    // kubeadm computes versions from its own.
    const flags = ["-s", "-w", ...(part.linkerFlags ?? [])].join(" ");
    await mustRun(["go", "build", "-mod=mod", "-trimpath", "-ldflags", flags, "-o", output, "."], {
      ...{ cwd: work, env: buildEnvironment(), signal: context.signal, timeoutMs: 45 * 60_000 },
    });
    await writeFile(join(target, "facts.json"), await mustRun([output], { signal: context.signal }));
    await rm(work, { recursive: true });
  });
  return JSON.parse(await readFile(join(directory, "facts.json"), "utf8")) as Facts;
}

/** Returns the packages that a component is linked with. */
export async function linkedPackages(
  context: BuildContext,
  release: string,
  component: Component,
): Promise<readonly string[]> {
  const directory = await ensurePart(context, `packages-of-${component}-${release}`, async (target) => {
    const { work } = await makeModule(context, release, target);
    const argv = ["go", "list", "-mod=mod", "-deps", `k8s.io/kubernetes/cmd/${component}`] as const;
    const options = { cwd: work, env: buildEnvironment(), signal: context.signal, timeoutMs: 20 * 60_000 };
    await writeFile(join(target, "packages"), await mustRun(argv, options));
    await rm(work, { recursive: true });
  });
  return (await readFile(join(directory, "packages"), "utf8")).trim().split("\n");
}

/** Makes a folder with the module file with which the lab builds the components. */
async function makeModule(
  context: BuildContext,
  release: string,
  target: string,
): Promise<{ readonly part: GoPart; readonly work: string }> {
  const part = goParts({ ...clusterVersion(), kubernetes: release }).get("kubeadm");
  if (part === undefined) throw new Error("the lab has no part kubeadm");
  const work = join(target, "module");
  await mkdir(work);
  await writeFile(
    join(work, "go.mod"),
    deriveModuleFile(await readModuleFile(context, part), { ...part, name: "facts" }),
  );
  return { part, work };
}
