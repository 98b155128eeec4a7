// Builds what a release consists of; see docs/adr/0005-the-executable-is-sealed.md for the flags of the executables.
//   node scripts/build.ts [--only binary|arm64|library|unsealed]... [--force]
//   node scripts/build.ts --release 1.38.0-beta.0|newest [--force]   a program with the behavior of that release
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { releases } from "../src/kubernetes/minors/releases.ts";
import { arm64Runtime } from "./arm64-runtime.ts";
import { BuildError } from "./build-error.ts";
import { architectureHere, pinnedBun } from "./pinned-bun.ts";
import { type Architecture, sealedRuntime } from "./sealed-runtime.ts";
import { sourceInformation } from "./source-information.ts";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");
const stamps = join(dist, ".build.json");

interface Artifact {
  readonly output: string;
  /** Creates the artifact below `directory` and returns its path. */
  readonly make: (directory: string) => string;
  /** Only built if it is named explicitly. */
  readonly onDemand?: boolean;
}

const artifacts = {
  binary: { output: "kubeadm", make: (directory) => compileSealed(directory, architectureHere(), verifiedBun()) },
  arm64: { output: "kubeadm-arm64", make: compileForArm64 },
  library: { output: "lib", make: compileLibrary },
  /** For measurements that environment variables of the runtime enable, and for test/attack; never to be installed. */
  unsealed: {
    output: "kubeadm-unsealed",
    make: (directory) => compile(directory, architectureHere(), verifiedBun()),
    onDemand: true,
  },
} as const satisfies Record<string, Artifact>;

type ArtifactName = keyof typeof artifacts;

function main(): void {
  const { only, release, force } = readArguments();
  assertOneBunVersion();
  mkdirSync(dist, { recursive: true });
  const inputs = hashOfInputs();
  if (release === undefined) for (const name of only) build(name, artifacts[name], inputs, force);
  else build(`kubeadm-${release}`, programOf(release), inputs, force);
}

interface Arguments {
  readonly only: readonly ArtifactName[];
  readonly release: string | undefined;
  readonly force: boolean;
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      release: { type: "string" },
      force: { type: "boolean", default: false },
    },
  });
  const release = values.release === "newest" ? releases[releases.length - 1] : values.release;
  if (release !== undefined && !releases.some((known) => known === release)) {
    fail(`--release takes newest, or one of: ${releases.join(", ")}`);
  }
  if (release !== undefined && values.only !== undefined) fail("--release builds one program: leave out --only");
  const names = Object.keys(artifacts) as ArtifactName[];
  for (const name of values.only ?? []) {
    if (!names.some((known) => known === name)) fail(`--only takes one of: ${names.join(", ")}`);
  }
  return {
    only: names.filter((name) => values.only?.includes(name) ?? !isOnDemand(artifacts[name])),
    release,
    force: values.force,
  };
}

/** This program with the behavior of another release, to be tried beside upstream's of that release; never to be installed. */
function programOf(release: string): Artifact {
  return {
    output: `kubeadm-${release}`,
    make: (directory) => compileSealed(directory, architectureHere(), verifiedBun(), release),
  };
}

function isOnDemand({ onDemand = false }: Artifact): boolean {
  return onDemand;
}

function build(name: string, { output, make }: Artifact, inputs: string, force: boolean): void {
  const target = join(dist, output);
  const shown = `dist/${output}`;
  if (!force && existsSync(target) && readStamps()[name] === stampOf(inputs, target)) {
    console.log(`${shown} is up to date`);
    return;
  }
  const start = performance.now();
  // Below dist, so that the last step is a rename and a running old artifact is not disturbed.
  const directory = mkdtempSync(join(dist, `.build-${name}-`));
  try {
    const made = make(directory);
    rmSync(target, { recursive: true, force: true });
    renameSync(made, target);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  writeFileSync(stamps, `${JSON.stringify({ ...readStamps(), [name]: stampOf(inputs, target) }, null, 2)}\n`);
  console.log(`${shown} built in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Uses a runtime that ignores its environment variables. */
function compileSealed(directory: string, architecture: Architecture, runtime: string, release?: string): string {
  const sealed = join(directory, "sealed-bun");
  writeFileSync(sealed, sealedRuntime(readFileSync(runtime), architecture), { mode: 0o755 });
  return compile(directory, architecture, sealed, release);
}

/** The outfile's name is part of the executable, so it is the same for every architecture. */
function compile(directory: string, architecture: Architecture, runtime: string, release?: string): string {
  const outfile = join(directory, "kubeadm");
  const { commit, treeState, date } = sourceInformation();
  run(verifiedBun(), [
    "build",
    "--compile",
    "--minify",
    "--bytecode",
    // Without it every module, and every built-in that any module imports, is loaded at start-up, even by `version`.
    "--splitting",
    // Practically never: a run of some tenths of a second never earns back what compiling costs (docs/adr/0010).
    "--compile-jit-policy=100000",
    // Any option of the runtime will do: without one, it refuses to start in a working directory that was removed. This one
    // says what holds anyway: it downloads nothing.
    "--compile-exec-argv=--no-install",
    "--format=esm",
    "--sourcemap=none",
    "--env=disable",
    `--define=KUBEADM_SOURCE=${JSON.stringify({ commit, treeState, date })}`,
    ...(release === undefined ? [] : [`--define=KUBEADM_RELEASE=${JSON.stringify(`v${release}`)}`]),
    "--reject-unresolved",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-tsconfig",
    "--no-compile-autoload-package-json",
    `--target=bun-linux-${architecture}`,
    `--compile-executable-path=${runtime}`,
    `--outfile=${outfile}`,
    "bin/kubeadm.ts",
  ]);
  return outfile;
}

function compileForArm64(directory: string): string {
  if (architectureHere() === "arm64") return compileSealed(directory, "arm64", verifiedBun());
  const tarball = arm64RuntimeTarball();
  run("tar", ["-xzf", tarball, "-C", directory, "package/bin/bun"], process.env);
  return compileSealed(directory, "arm64", join(directory, "package/bin/bun"));
}

function compileLibrary(directory: string): string {
  const output = join(directory, "lib");
  run(process.execPath, [
    join(root, "node_modules/typescript-7/bin/tsc"),
    "-p",
    "tsconfig.lib.json",
    "--outDir",
    output,
  ]);
  run(process.execPath, ["scripts/flag-docstrings.ts", output]);
  return output;
}

/**
 * The Bun of this machine, which also becomes its executable: verified before each use, no matter who installed it.
 */
function verifiedBun(): string {
  const bun = pinnedBun();
  const path = join(root, bun);
  const pinned = readFileSync(join(root, "scripts/runtimes.sha256"), "utf8")
    .split("\n")
    .find((line) => line.endsWith(`  ${bun}`))
    ?.split(" ")[0];
  const found = createHash("sha256").update(readFileSync(path)).digest("hex");
  if (found !== pinned) fail(`${bun} is not what scripts/runtimes.sha256 pins: ${found}`);
  return path;
}

/** Downloaded once by npm to the user's cache; its content is verified each time it is used. */
function arm64RuntimeTarball(): string {
  const { name, version, integrity } = arm64Runtime;
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "kubeadm-ts");
  const tarball = join(cache, `${basename(name)}-${version}.tgz`);
  if (existsSync(tarball) && integrityOf(tarball) === integrity) return tarball;
  mkdirSync(cache, { recursive: true });
  const download = mkdtempSync(join(cache, ".download-"));
  try {
    run("npm", ["pack", `${name}@${version}`, "--pack-destination", download, "--silent"], process.env);
    const [fetched = fail(`npm brought no package ${name}@${version}`)] = globSync(join(download, "*.tgz"));
    if (integrityOf(fetched) !== integrity)
      fail(`${name}@${version} is not what scripts/arm64-runtime.ts pins: ${integrityOf(fetched)}`);
    renameSync(fetched, tarball);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
  return tarball;
}

function integrityOf(file: string): string {
  return `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
}

function assertOneBunVersion(): void {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version: unknown = manifest.optionalDependencies["@oven/bun-linux-x64"];
  if (version !== arm64Runtime.version) {
    fail(`@oven/bun-linux-x64 is ${version}: pin the same version of ${arm64Runtime.name} in scripts/arm64-runtime.ts`);
  }
}

/** One hash of the inputs of all artifacts; tests are not part of it. */
function hashOfInputs(): string {
  const files = globSync(
    [
      "{bin,src}/**/*",
      "scripts/{arm64-runtime,build,build-error,flag-docstrings,pinned-bun,sealed-runtime,source-information}.ts",
      "scripts/runtimes.sha256",
      "package.json",
      "package-lock.json",
      "tsconfig*.json",
    ],
    {
      cwd: root,
      exclude: (path) => /\.test\.ts$/.test(path),
    },
  );
  const hash = createHash("sha256").update(JSON.stringify(sourceInformation()));
  for (const path of files.sort()) {
    const file = join(root, path);
    if (!statSync(file).isFile()) continue;
    hash.update(`${path}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** Changes with the inputs, and when someone else changes the artifact. */
function stampOf(inputs: string, target: string): string {
  const { mtimeMs, ino } = statSync(target);
  return `${inputs}-${ino}-${mtimeMs}`;
}

function readStamps(): Readonly<Record<string, string>> {
  return existsSync(stamps) ? JSON.parse(readFileSync(stamps, "utf8")) : {};
}

/** npm finds its registry through the user's settings; the compilers see no settings of this user, shell or machine. */
function run(program: string, argv: readonly string[], env: NodeJS.ProcessEnv = { NODE_ENV: "production" }): void {
  const { status, error, stdout, stderr } = spawnSync(program, argv, { cwd: root, env, encoding: "utf8" });
  if (status !== 0) fail(`${basename(program)} failed: ${error?.message ?? `\n${stdout}${stderr}`.trimEnd()}`);
}

function fail(message: string): never {
  throw new BuildError(message);
}

try {
  main();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
