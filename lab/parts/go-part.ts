import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../run-command.ts";
import { type BuildContext, ensurePart } from "./part-store.ts";

/** Programs that are built from one Go module. */
export interface GoPart {
  readonly name: string;
  readonly version: string;
  readonly module: string;
  /** Program's file name → import path of its package. */
  readonly programs: Readonly<Record<string, string>>;
  /** Whether the programs are the tests of the packages, each with the package's `testdata` next to it, if it has one. */
  readonly tests?: boolean | undefined;
  readonly linkerFlags?: readonly string[] | undefined;
  /** Version of the modules that the module itself takes from sibling folders, which a module download lacks. */
  readonly siblingVersion?: string | undefined;
  /** Modules whose required version Go's module proxy refuses → the version that is used instead; undefined for none. */
  readonly substitutes?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The environment in which parts are built. A module that asks for a newer Go is built with that. */
export function buildEnvironment(): NodeJS.ProcessEnv {
  return { GOTOOLCHAIN: "auto", ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" };
}

/** Incremented when the way of building parts changes, so that an old cached part is not used as a new one. */
const RECIPE = 1;
const BUILD_TIMEOUT_MS = 45 * 60_000;

/** Returns the folder that contains the programs. */
export async function ensureGoPart(context: BuildContext, part: GoPart): Promise<string> {
  const directory = await ensurePart(context, `${part.name}-${part.version}-r${RECIPE}`, async (target) => {
    const work = join(target, "module");
    await mkdir(work);
    const module = await downloadModule(context, part);
    await writeFile(join(work, "go.mod"), deriveModuleFile(await readFile(module.goMod, "utf8"), part));
    const ldflags = ["-s", "-w", ...(part.linkerFlags ?? [])].join(" ");
    const build = ["go", ...(part.tests === true ? ["test", "-c"] : ["build"])] as const;
    for (const [program, source] of Object.entries(part.programs)) {
      const output = join(target, "bin", program);
      await mustRun([...build, "-mod=mod", "-trimpath", "-ldflags", ldflags, "-o", output, source], {
        cwd: work,
        env: buildEnvironment(),
        timeoutMs: BUILD_TIMEOUT_MS,
        signal: context.signal,
      });
      if (part.tests === true) await copyTestData(join(module.directory, source.slice(part.module.length)), target);
    }
  });
  return join(directory, "bin");
}

/** A program of tests reads the files that it needs from its working directory. */
async function copyTestData(source: string, target: string): Promise<void> {
  const data = join(source, "testdata");
  // Files in Go's module cache cannot be written; in a copy that would only be a hindrance.
  if (existsSync(data)) await mustRun(["cp", "--recursive", "--no-preserve=mode", data, join(target, "bin/testdata")]);
}

/** Returns the go.mod of the module of a part. */
export async function readModuleFile(context: BuildContext, part: GoPart): Promise<string> {
  return readFile((await downloadModule(context, part)).goMod, "utf8");
}

interface DownloadedModule {
  readonly goMod: string;
  readonly directory: string;
}

async function downloadModule(context: BuildContext, { module, version }: GoPart): Promise<DownloadedModule> {
  const text = await mustRun(["go", "mod", "download", "-json", `${module}@v${version}`], {
    timeoutMs: 10 * 60_000,
    signal: context.signal,
    env: buildEnvironment(),
    cwd: "/",
  });
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== "object" || answer === null || !("GoMod" in answer) || typeof answer.GoMod !== "string") {
    throw new Error(`go mod download named no go.mod for ${module}@v${version}`);
  }
  if (!("Dir" in answer) || typeof answer.Dir !== "string") {
    throw new Error(`go mod download named no folder for ${module}@v${version}`);
  }
  return { goMod: answer.GoMod, directory: answer.Dir };
}

/**
 * Returns the go.mod of a module that only builds the part. It repeats the part's own requirements and replacements,
 * because Go only reads replacements of the main module.
 */
export function deriveModuleFile(
  own: string,
  part: Pick<GoPart, "name" | "module" | "version" | "siblingVersion" | "substitutes">,
): string {
  const substitutes = part.substitutes ?? {};
  const replaced = Object.entries(substitutes).flatMap(([module, version]) =>
    version === undefined ? [] : [`replace ${module} => ${module} v${version}`],
  );
  const lines = own.split("\n").flatMap((line) => {
    const [, module = ""] = /^\s*(?:(?:require|replace)\s+)?(\S+)\s/.exec(line) ?? [];
    if (module in substitutes && substitutes[module] === undefined) return [];
    if (line.startsWith("module ")) return [`module kubeadm-lab.invalid/${part.name}`];
    const local = /^(\s*(?:replace\s+)?)(\S+)(?:\s+v\S+)? => \.{1,2}\/\S*\s*$/.exec(line);
    if (local === null) return [line];
    const [, indent = "", sibling = ""] = local;
    return part.siblingVersion === undefined ? [] : [`${indent}${sibling} => ${sibling} v${part.siblingVersion}`];
  });
  return `${[lines.join("\n").trimEnd(), ...replaced].join("\n\n")}\n\nrequire ${part.module} v${part.version}\n`;
}
