// What upstream's sources state: constants, fields, checks, texts and functions of kubeadm and of the modules that decide
// what it does.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildEnvironment } from "../../lab/parts/go-part.ts";
import { type BuildContext, ensurePart } from "../../lab/parts/part-store.ts";
import { mustRun } from "../../lab/run-command.ts";
import { moduleDirectory } from "../minors/sources.ts";
import type { Capture, Facts } from "./capture.ts";

interface Stated {
  readonly values: Facts;
  readonly fields: Facts;
  readonly checks: Facts;
  readonly texts: Facts;
  readonly functions: Facts;
}

/** Modules of others whose data or rules kubeadm applies, and the folder that has them. */
const ruleModules = {
  "github.com/coredns/corefile-migration": "migration",
  "k8s.io/system-validators": "validators",
} as const;

/** Modules whose version alone says that something may be different. */
const watchedModules = [
  ...Object.keys(ruleModules),
  "github.com/spf13/cobra",
  "github.com/spf13/pflag",
  "go.etcd.io/etcd/client/v3",
  "sigs.k8s.io/yaml",
  "go.yaml.in/yaml/v2",
  "go.yaml.in/yaml/v3",
  "sigs.k8s.io/json",
];

const reader = join(import.meta.dirname, "source", "main.go");

export async function captureSources(context: BuildContext, release: string): Promise<Pick<Capture, "areas" | "gaps">> {
  const kubernetes = await moduleDirectory("k8s.io/kubernetes", release);
  const moduleFile = readFileSync(join(kubernetes, "go.mod"), "utf8");
  const recipe = createHash("sha256").update(readFileSync(reader)).digest("hex").slice(0, 12);
  const directory = await ensurePart(context, `sources-${release}-${recipe}`, async (target) => {
    const places = [`kubeadm=${join(kubernetes, "cmd/kubeadm/app")}`];
    for (const [module, folder] of Object.entries(ruleModules)) {
      const version = requiredVersion(moduleFile, module);
      if (version !== undefined) places.push(`${module}=${join(await moduleDirectory(module, version), folder)}`);
    }
    const text = await mustRun(["go", "run", reader, ...places], {
      signal: context.signal,
      env: buildEnvironment(),
      timeoutMs: 10 * 60_000,
    });
    await writeFile(join(target, "stated.json"), text);
  });
  const stated = JSON.parse(await readFile(join(directory, "stated.json"), "utf8")) as Stated;
  return {
    areas: {
      fields: pick(stated.fields, isConfigurationField),
      constants: stated.values,
      checks: stated.checks,
      // In which functions a text stands is no change of it.
      texts: Object.fromEntries(Object.keys(stated.texts).map((text) => [text, "stated"])),
      code: stated.functions,
      modules: modules(moduleFile, readFileSync(join(kubernetes, ".go-version"), "utf8").trim()),
    },
    gaps: [],
  };
}

/** Versions of the API, not the internal form, which follows them. */
function isConfigurationField(name: string): boolean {
  return /^kubeadm\/apis\/\w+\/v\d\w*\./.test(name);
}

function pick(facts: Facts, isWanted: (name: string) => boolean): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => isWanted(name)));
}

function modules(moduleFile: string, go: string): Facts {
  const versions = watchedModules.map((module) => [module, requiredVersion(moduleFile, module)] as const);
  const known = versions.flatMap(([module, version]) => (version === undefined ? [] : [[module, version] as const]));
  return { go, ...Object.fromEntries(known) };
}

/** The version of a module that a go.mod requires, without its v. */
export function requiredVersion(moduleFile: string, module: string): string | undefined {
  const found = moduleFile.split("\n").find((line) =>
    line
      .trim()
      .replace(/^require /, "")
      .startsWith(`${module} v`),
  );
  return found === undefined ? undefined : /\sv(\S+)/.exec(found)?.[1];
}
