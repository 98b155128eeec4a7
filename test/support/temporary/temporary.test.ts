import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { criSocketPath, scratchRoot } from "../../../src/embedded/index.ts";
import { removeTree } from "./remove-tree.ts";
import { openRunDirectory } from "./run-directory.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const isRoot = process.geteuid?.() === 0;

describe("what is temporary in tests", () => {
  test("is in the directory of the run, which others may pass through", () => {
    using directory = temporaryDirectory();
    expect(dirname(directory.path)).toBe(tmpdir());
    expect(basename(tmpdir())).toMatch(/^kt-/);
    expect(statSync(tmpdir()).mode & 0o777).toBe(0o755);
  });

  test("leaves the paths of sockets short enough", () => {
    using node = scratchRoot();
    expect(Buffer.byteLength(node.inside(criSocketPath)) - Buffer.byteLength(tmpdir())).toBeLessThan(60);
  });

  test("is removed when it is disposed of", () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory.path, "file"), "");
    directory[Symbol.dispose]();
    expect(existsSync(directory.path)).toBe(false);
  });
});

describe("a run", () => {
  test("removes its directory at its end, and no other's", async () => {
    using parent = temporaryDirectory();
    await using other = await openRunDirectory(parent.path);
    const own = await openRunDirectory(parent.path);
    await own[Symbol.asyncDispose]();
    expect(readdirSync(parent.path)).toEqual([basename(other.path)]);
  });

  test("removes the directory of a run that was killed", async () => {
    using parent = temporaryDirectory();
    const script = `
      const { openRunDirectory } = await import(${JSON.stringify(new URL("run-directory.ts", import.meta.url))});
      console.log((await openRunDirectory(${JSON.stringify(parent.path)})).path);
      setInterval(() => undefined, 1_000);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
    const path = String((await once(child.stdout, "data"))[0]).trim();
    mkdirSync(join(path, "left"));
    await (await openRunDirectory(parent.path))[Symbol.asyncDispose]();
    expect(readdirSync(parent.path)).toEqual([basename(path)]);
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
    await (await openRunDirectory(parent.path))[Symbol.asyncDispose]();
    expect(readdirSync(parent.path)).toEqual([]);
  });

  test("leaves alone what is being made, what only has such a name, and where links lead", async () => {
    using parent = temporaryDirectory();
    using outside = temporaryDirectory();
    const old = mkdtempSync(join(parent.path, "kt-"));
    utimesSync(old, 1, 1);
    mkdtempSync(join(parent.path, "kt-"));
    writeFileSync(join(parent.path, "kt-file"), "");
    symlinkSync(outside.path, join(parent.path, "kt-link"));
    await (await openRunDirectory(parent.path))[Symbol.asyncDispose]();
    expect(readdirSync(parent.path)).toHaveLength(3);
    expect(existsSync(old)).toBe(false);
    expect(existsSync(outside.path)).toBe(true);
  });
});

describe("removing a directory", () => {
  test("takes links away, and leaves their targets", () => {
    using outside = temporaryDirectory();
    writeFileSync(join(outside.path, "precious"), "");
    const { path } = temporaryDirectory();
    symlinkSync(outside.path, join(path, "directory"));
    symlinkSync(join(outside.path, "precious"), join(path, "file"));
    removeTree(path);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(outside.path)).toEqual(["precious"]);
  });

  test("removes a link that replaced it", () => {
    using outside = temporaryDirectory();
    using inside = temporaryDirectory();
    writeFileSync(join(outside.path, "precious"), "");
    const link = join(inside.path, "link");
    symlinkSync(outside.path, link);
    removeTree(link);
    expect(readdirSync(inside.path)).toEqual([]);
    expect(readdirSync(outside.path)).toEqual(["precious"]);
  });

  test.runIf(isRoot)("is refused where something is mounted in it [needs root]", () => {
    using outside = temporaryDirectory();
    using inside = temporaryDirectory();
    writeFileSync(join(outside.path, "precious"), "");
    const point = join(inside.path, "a mount");
    mkdirSync(point);
    const script = `import { removeTree } from ${JSON.stringify(new URL("remove-tree.ts", import.meta.url))};
      try { removeTree(process.argv[1]); } catch (error) { console.log(error.message); }`;
    const mounted = 'mount --bind "$1" "$2" && exec "$3" --input-type=module --eval "$4" "$5"';
    const words = [outside.path, point, process.execPath, script, inside.path];
    const said = execFileSync("unshare", ["--mount", "--propagation", "private", "sh", "-c", mounted, "sh", ...words], {
      encoding: "utf8",
    });
    expect(said).toBe(`${point} is a mount: not removed\n`);
    expect(readdirSync(outside.path)).toEqual(["precious"]);
  });
});
