import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pinnedBun } from "../../scripts/pinned-bun.ts";
import { checkout } from "../build/artifact.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { type AttackResult, attacksBy } from "./attack.ts";
import { type EvilPackage, type EvilRegistry, evilRegistry } from "./evil-registry.ts";

type LockedPackage = Readonly<Record<string, unknown>>;

const locked = (
  JSON.parse(readFileSync(join(checkout, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  }
).packages;

/** Leaves its trace where the victim can be asked for it, whatever it is started as. */
const evil = '#!/bin/sh\necho evil >> "$TRACE"\necho v24.21.0\n';

/** A package of the lockfile, with foreign content. */
function forged(name: string, file: string, changes: Partial<EvilPackage> = {}): EvilPackage {
  const version = String(locked[`node_modules/${name}`]?.["version"]);
  return { name, version, files: { [file]: evil }, ...changes };
}

interface Victim extends Disposable {
  readonly path: string;
  /** Whether code of the evil registry ran. */
  wasOwned(): boolean;
  run(
    program: string,
    ...args: readonly string[]
  ): Promise<{ readonly status: number | null; readonly output: string }>;
}

/** A folder with the checkout's settings for npm and one dependency, pinned as the checkout pins it but for `changes`. */
function victim(registry: string, name: string, changes: LockedPackage = {}): Victim {
  const { path, ...directory } = temporaryDirectory();
  const trace = join(path, "trace");
  const entry = Object.entries({ ...locked[`node_modules/${name}`], ...changes }).filter(
    ([, value]) => value !== undefined,
  );
  const { version, optional } = Object.fromEntries(entry);
  const group = optional === true ? "optionalDependencies" : "dependencies";
  const project = { name: "victim", version: "1.0.0", [group]: { [name]: version } };
  const write = (file: string, content: unknown) => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), JSON.stringify(content));
  };
  write("package.json", project);
  write("package-lock.json", {
    lockfileVersion: 3,
    packages: { "": project, [`node_modules/${name}`]: Object.fromEntries(entry) },
  });
  for (const file of [".npmrc", "scripts/setup.sh", "scripts/runtimes.sha256", "scripts/check-lockfile.ts"]) {
    cpSync(join(checkout, file), join(path, file));
  }
  const env = {
    PATH: withoutModules(process.env["PATH"]),
    HOME: path,
    TRACE: trace,
    XDG_CACHE_HOME: join(path, "cache"),
    npm_config_registry: registry,
    npm_config_cache: join(path, "npm"),
    npm_config_fetch_retries: "0",
  };
  return {
    path,
    wasOwned: () => existsSync(trace),
    run: (program, ...args) => {
      const child = spawn(program, args, { cwd: path, env, stdio: ["ignore", "pipe", "pipe"], timeout: 100_000 });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (output += String(bytes)));
      return new Promise((resolve, reject) => {
        child.on("error", reject).on("close", (status) => resolve({ status, output }));
      });
    },
    ...directory,
  };
}

/** The machine's own npm, as scripts/setup.sh finds it. */
function withoutModules(path = ""): string {
  return path
    .split(delimiter)
    .filter((directory) => !directory.includes("node_modules"))
    .join(delimiter);
}

/** `npm ci` with the checkout's settings, against a registry that gives out `weapon` for what the lockfile pins. */
async function install(weapon: EvilPackage, changes: LockedPackage = {}): Promise<AttackResult> {
  await using registry = await evilRegistry([weapon]);
  using target = victim(registry.url, weapon.name, changes);
  const { status, output } = await target.run("npm", "ci");
  const installed = join(target.path, "node_modules", weapon.name, "package.json");
  return {
    carriedOut: registry.wasAsked(weapon.name) && output.includes("EINTEGRITY"),
    won: target.wasOwned()
      ? "its script ran"
      : status === 0 || existsSync(installed)
        ? `installed: ${output}`
        : undefined,
  };
}

/** A package whose own hash the lockfile has: it was evil before it was chosen, or the lockfile was not looked at. */
async function installScript(manifest: Readonly<Record<string, unknown>>, changes: LockedPackage = {}) {
  const weapon = forged("yaml", "evil.sh", { manifest });
  await using registry = await evilRegistry([weapon]);
  using target = victim(registry.url, weapon.name, { integrity: registry.integrityOf(weapon.name), ...changes });
  const { status } = await target.run("npm", "ci");
  const installed = existsSync(join(target.path, "node_modules/yaml/evil.sh"));
  return { carriedOut: status === 0 && installed, won: target.wasOwned() ? "its script ran as npm's user" : undefined };
}

/** A lockfile by which npm takes what the registry sends; shown by taking it. */
async function lockfileThatLetsIn(changes: (integrity: string) => LockedPackage): Promise<AttackResult> {
  const weapon = forged("yaml", "evil.sh");
  await using registry = await evilRegistry([weapon]);
  using target = victim(registry.url, weapon.name, changes(registry.integrityOf(weapon.name)));
  const { status } = await target.run(process.execPath, "scripts/check-lockfile.ts");
  await target.run("npm", "ci");
  return {
    carriedOut: existsSync(join(target.path, "node_modules/yaml/evil.sh")),
    won: status === 0 ? "the check of the lockfile passes it" : undefined,
  };
}

/** scripts/setup.sh, with a runtime of the registry. npm does without an optional package whose hash is another one. */
async function setUp(
  weapon: EvilPackage,
  complaint: string,
  changes: (registry: EvilRegistry) => LockedPackage = () => ({}),
): Promise<AttackResult> {
  await using registry = await evilRegistry([weapon]);
  using target = victim(registry.url, weapon.name, changes(registry));
  const { status, output } = await target.run("sh", "scripts/setup.sh");
  const isLeft = existsSync(join(target.path, "node_modules"));
  return {
    carriedOut: registry.wasAsked(weapon.name) && output.includes(`node_modules/${weapon.name}/${complaint}`),
    won: status === 0 || isLeft ? "the next script runs it" : target.wasOwned() ? "it ran" : undefined,
  };
}

const buildInputs = ["bin", "src", "scripts", "package.json", "package-lock.json", "tsconfig.json"];

/** The build, in a copy of the checkout that someone prepared. */
async function buildIn(
  prepare: (directory: string) => void,
  only: "binary" | "arm64",
  registry = "http://127.0.0.1:9/",
): Promise<{ readonly status: number | null; readonly output: string; readonly won: string | undefined }> {
  using target = victim(registry, "yaml");
  for (const name of buildInputs) cpSync(join(checkout, name), join(target.path, name), { recursive: true });
  prepare(target.path);
  const { status, output } = await target.run(process.execPath, "scripts/build.ts", "--only", only);
  const made = existsSync(join(target.path, "dist", { binary: "kubeadm", arm64: "kubeadm-arm64" }[only]));
  return {
    status,
    output,
    won: target.wasOwned() ? "its code ran" : made || status === 0 ? `it is in the executable: ${output}` : undefined,
  };
}

/** The runtimes of this machine. */
const bunName = dirname(dirname(pinnedBun())).replace("node_modules/", "");
const nodeName = `node-linux-${process.arch}`;
const evilNode = { manifest: { bin: { node: "bin/node" } } };
const arm64Name = "@oven/bun-linux-aarch64";
const arm64Version = String(locked[`node_modules/${bunName}`]?.["version"]);

attacksBy("an evil package registry", "get its code run, or into the executable", [
  {
    name: "sends another Bun for the one that becomes the executable",
    run: () => setUp(forged(bunName, "bin/bun"), "bin/bun: FAILED open or read"),
  },
  {
    name: "sends another Node.js for the one that builds",
    run: () => setUp(forged(nodeName, "bin/node", evilNode), "bin/node: FAILED open or read"),
  },
  {
    name: "sends other code for a library that is compiled in",
    run: () => install(forged("yaml", "dist/index.js")),
  },
  {
    name: "sends other code for the compiler",
    run: () => install(forged("typescript", "bin/tsc", { manifest: { bin: { tsc: "bin/tsc" } } })),
  },
  {
    name: "claims the hash of the lockfile for a tarball that has another",
    run: () => install(forged("yaml", "evil.sh", { claimed: String(locked["node_modules/yaml"]?.["integrity"]) })),
  },
  {
    name: "sends a tarball with a script for every occasion",
    run: () =>
      install(forged("yaml", "evil.sh", { manifest: { scripts: { preinstall: "./evil.sh", install: "./evil.sh" } } })),
  },
  ...["preinstall", "install", "postinstall", "prepare"].map((occasion) => ({
    name: `runs a script at ${occasion} of a package with the right hash`,
    run: () => installScript({ scripts: { [occasion]: "sh ./evil.sh" } }, { hasInstallScript: true }),
  })),
  {
    name: "runs a script that the lockfile does not tell of",
    run: () => installScript({ scripts: { install: "sh ./evil.sh" } }, { hasInstallScript: undefined }),
  },
  {
    name: "has npm install what it says is wanted besides",
    run: () =>
      installScript({ dependencies: { "no-such-package": "1.0.0" }, scripts: { postinstall: "sh ./evil.sh" } }),
  },
  {
    name: "sends what it likes for an entry of the lockfile without a hash",
    run: () => lockfileThatLetsIn(() => ({ integrity: undefined })),
  },
  {
    name: "sends what it likes for an entry with an empty hash",
    run: () => lockfileThatLetsIn(() => ({ integrity: "" })),
  },
  {
    name: "sends what it likes for an entry that a stranger's hash was added to",
    run: () =>
      lockfileThatLetsIn((integrity) => ({
        integrity: `${String(locked["node_modules/yaml"]?.["integrity"])} ${integrity}`,
      })),
  },
  {
    name: "sends what it likes for an entry with a script",
    run: () => lockfileThatLetsIn((integrity) => ({ integrity, hasInstallScript: true })),
  },
  {
    name: "sends a Bun whose hash is in the lockfile",
    timeoutMs: 120_000,
    run: async () => {
      const { status, output, won } = await buildIn((directory) => {
        const file = join(directory, "node_modules", bunName, "bin/bun");
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, evil, { mode: 0o755 });
      }, "binary");
      return { carriedOut: status !== 0 && output.includes("scripts/runtimes.sha256 pins"), won };
    },
  },
  {
    name: "sends a Node.js whose hash is in the lockfile",
    run: () => {
      const weapon = forged(nodeName, "bin/node", evilNode);
      return setUp(weapon, "bin/node: FAILED\n", (registry) => ({ integrity: registry.integrityOf(nodeName) }));
    },
  },
  {
    name: "sends another Bun for the arm64 executable",
    timeoutMs: 120_000,
    run: async () => {
      await using registry = await evilRegistry([
        { name: arm64Name, version: arm64Version, files: { "bin/bun": evil } },
      ]);
      const { output, won } = await buildIn(withBun, "arm64", registry.url);
      return {
        carriedOut: registry.hasSent(arm64Name) && output.includes("is not what scripts/arm64-runtime.ts pins"),
        won,
      };
    },
  },
  {
    name: "has left another Bun for arm64 in the cache",
    timeoutMs: 120_000,
    run: async () => {
      await using registry = await evilRegistry([
        { name: arm64Name, version: arm64Version, files: { "bin/bun": evil } },
      ]);
      const { output, won } = await buildIn(
        (directory) => {
          withBun(directory);
          mkdirSync(join(directory, "cache/kubeadm-ts"), { recursive: true });
          writeFileSync(join(directory, `cache/kubeadm-ts/bun-linux-aarch64-${arm64Version}.tgz`), evil);
        },
        "arm64",
        registry.url,
      );
      return {
        carriedOut: registry.hasSent(arm64Name) && output.includes("is not what scripts/arm64-runtime.ts pins"),
        won,
      };
    },
  },
]);

function withBun(directory: string): void {
  cpSync(join(checkout, "node_modules", bunName), join(directory, "node_modules", bunName), { recursive: true });
}
