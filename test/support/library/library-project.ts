// A fresh project of a user of the library.
import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packLibrary } from "../../../scripts/release/pack-library.ts";
import { built, checkout, run } from "../../build/artifact.ts";
import { temporaryDirectory } from "../temporary/temporary-directory.ts";

/** The settings of a strict project. It names no types: the library itself brings in those of Node.js. */
const compilerOptions = {
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  // The examples import each other by the names of their files, which Node.js runs as they are.
  rewriteRelativeImportExtensions: true,
  rootDir: ".",
  outDir: "out",
};

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * Returns the path of a new project that has the package as a release makes it, unpacked, and next to it what npm would
 * install with it: dependencies, peers that are not optional, and what these need. `others` are further packages.
 */
export async function libraryProject(
  files: Readonly<Record<string, string>>,
  others: readonly string[] = [],
): Promise<string> {
  built("library");
  const project = temporaryDirectory().path;
  const packages = join(project, "node_modules");
  const target = join(packages, "kubeadm-ts");
  mkdirSync(target, { recursive: true });
  await packLibrary(checkout, { into: project, by: temporaryDirectory().path });
  const [tarball = ""] = globSync(join(project, "*.tgz"));
  run(["tar", "-xzf", tarball, "--strip-components=1", "-C", target]);
  const manifest = manifestOf(target);
  for (const name of [...installedWith(manifest), ...others]) addPackage(packages, name);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), content);
  }
  cpSync(join(target, "examples"), join(project, "examples"), { recursive: true });
  const examples = readdirSync(join(project, "examples"), { recursive: true, encoding: "utf8" });
  const sources = [...Object.keys(files), ...examples.map((name) => `examples/${name}`)];
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: sources.filter((name) => name.endsWith(".ts")) }),
  );
  return project;
}

function manifestOf(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}

function installedWith({ dependencies, peerDependencies, peerDependenciesMeta }: Manifest): readonly string[] {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...peers, "undici-types"];
}

function addPackage(packages: string, name: string): void {
  const link = join(packages, name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(checkout, "node_modules", name), link);
}
