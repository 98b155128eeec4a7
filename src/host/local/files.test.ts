import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary/temporary-directory.ts";
import { localFiles } from "./files.ts";

const isRoot = process.geteuid?.() === 0;
let directory: string;

/** How many directories and files this process has the kernel watch. */
function inotifyWatches(): number {
  const tables = readdirSync("/proc/self/fdinfo").map((descriptor) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
    } catch {
      return "";
    }
  });
  return tables
    .join("\n")
    .split("\n")
    .filter((line) => line.startsWith("inotify wd:")).length;
}

beforeEach(() => {
  directory = temporaryDirectory().path;
});

describe("a change of a mode", () => {
  it("reaches only the file that was looked at, whatever has its name by then", async () => {
    const [path, victim] = [join(directory, "a"), join(directory, "victim")];
    writeFileSync(path, "content");
    writeFileSync(victim, "secret", { mode: 0o600 });
    const isChanged = await localFiles().changeMode(path, 0o666, () => {
      rmSync(path);
      symlinkSync(victim, path);
      return true;
    });
    expect(isChanged).toBe(true);
    expect(statSync(victim).mode & 0o7777).toBe(0o600);
  });
});

describe("a write", () => {
  it.runIf(isRoot)("keeps the owner of an existing file, and its mode bits beyond the umask [needs root]", async () => {
    const path = join(directory, "a");
    writeFileSync(path, "1");
    chownSync(path, 1234, 4321);
    chmodSync(path, 0o4776);
    expect(await localFiles().write(path, "2", { mode: 0o600 })).toBe("changed");
    const { uid, gid, mode } = statSync(path);
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 1234, gid: 4321, mode: 0o4776 });
  });

  it.runIf(isRoot).each([
    ["of its own", { mode: 0o600, own: true }, 0o755],
    ["of its own that is secret", { mode: 0o600, secret: true, own: true }, 0o755],
    ["that is secret in a directory of all users", { mode: 0o600, secret: true }, 0o1777],
  ] as const)(
    "replaces another user's file as if it were not there by one %s [needs root]",
    async (_, options, shared) => {
      const path = join(directory, "a");
      chmodSync(directory, shared);
      for (const content of ["1", "2"]) {
        writeFileSync(path, content);
        chownSync(path, 1234, 4321);
        chmodSync(path, 0o666);
        const before = statSync(path).ino;
        expect(await localFiles().write(path, "2", options)).toBe("changed");
        const { uid, gid, mode, ino } = statSync(path);
        expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 0, gid: 0, mode: 0o600 });
        expect(ino).not.toBe(before);
        expect(readFileSync(path, "utf8")).toBe("2");
        rmSync(path);
      }
    },
  );

  it.runIf(isRoot)("keeps the owner of a secret that root has given to someone [needs root]", async () => {
    const path = join(directory, "a");
    writeFileSync(path, "1");
    chownSync(path, 1234, 4321);
    chmodSync(path, 0o640);
    expect(await localFiles().write(path, "2", { mode: 0o600, secret: true })).toBe("changed");
    const { uid, gid, mode } = statSync(path);
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 1234, gid: 4321, mode: 0o600 });
  });

  it("gives the file a new inode, so that a reader keeps the old content whole", async () => {
    const path = join(directory, "a");
    const files = localFiles();
    await files.write(path, "1", { mode: 0o644 });
    const before = statSync(path).ino;
    await files.write(path, "1", { mode: 0o644 });
    expect(statSync(path).ino).toBe(before);
    await files.write(path, "2", { mode: 0o644 });
    expect(statSync(path).ino).not.toBe(before);
  });

  it("under a tight umask makes no file wider than that", () => {
    const script = `
      import { localFiles } from ${JSON.stringify(fileURLToPath(new URL("./files.ts", import.meta.url)))};
      process.umask(0o077);
      await localFiles().write(process.argv[1], "x", { mode: 0o644 });
    `;
    const path = join(directory, "a");
    execFileSync(process.execPath, ["--input-type=module", "-e", script, path]);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
  });

  it("that fails at the last step leaves no temporary file", async () => {
    const path = join(directory, "d");
    mkdirSync(path);
    await expect(localFiles().link(path, "x")).rejects.toMatchObject({ code: "is-a-directory" });
    expect(readdirSync(directory)).toEqual(["d"]);
  });

  it.runIf(isRoot)("on a full file system fails in Go's words and leaves no trace [needs root]", ({ skip }) => {
    const script = `
      import { localFiles } from ${JSON.stringify(fileURLToPath(new URL("./files.ts", import.meta.url)))};
      const path = process.argv[1];
      const files = localFiles();
      await files.write(path, "old", { mode: 0o600 });
      const error = await files.write(path, "x".repeat(1_000_000), { mode: 0o600 }).catch((reason) => reason);
      const left = await files.list(process.argv[2]);
      console.log(JSON.stringify({ code: error.code, message: error.message, left, content: await files.readText(path) }));
    `;
    const mount = 'mount -t tmpfs -o size=64k none "$1" && exec "$2" --input-type=module -e "$3" "$1/a" "$1"';
    const child = spawnSync("unshare", ["--mount", "sh", "-c", mount, "sh", directory, process.execPath, script], {
      encoding: "utf8",
    });
    if (child.status !== 0 && /unshare|mount/.test(child.stderr)) skip("no mounts can be made here");
    expect(JSON.parse(child.stdout)).toEqual({
      code: "no-space",
      message: `open ${directory}/a: no space left on device`,
      left: ["a"],
      content: "old",
    });
  });
});

describe("what killed runs left behind", () => {
  /** A process id that no process has: the kernel gives none beyond 2^22. */
  const nobody = 2 ** 22 + 1;
  const eightDigits = (decimal = "0") => BigInt.asUintN(32, BigInt(decimal)).toString(16).padStart(8, "0");
  const namespace = eightDigits(/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0]);
  const otherNamespace = eightDigits("4026599999");
  const startOf = (pid: number) =>
    eightDigits(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ")[19]);
  const stray = `.kubeadm-${nobody}-${namespace}01234567-7`;

  it("is swept by the next write into the directory", async () => {
    writeFileSync(join(directory, stray), "half");
    await localFiles().write(join(directory, "a"), "1", { mode: 0o644 });
    expect(readdirSync(directory)).toEqual(["a"]);
  });

  it.each([
    ["of this program", process.pid],
    ["of another process", process.ppid],
  ])("is swept by the next link too, and where its process id is now that %s", async (_, pid) => {
    writeFileSync(join(directory, `.kubeadm-${pid}-${namespace}01234567-7`), "half");
    await localFiles().link(join(directory, "l"), "x");
    expect(readdirSync(directory)).toEqual(["l"]);
  });

  it("is distinguished from files of a running program, and from anything else", async () => {
    const kept = [
      ...[
        `.kubeadm-${process.ppid}-${namespace}${startOf(process.ppid)}-7`,
        `.kubeadm-${process.pid}-${namespace}${startOf(process.pid)}-7`,
      ],
      ...[".kubeadm-notes", `.kubeadm-${nobody}`, `x${stray}`],
      // A container's, in a directory that it shares: which of its processes still write cannot be seen from here.
      ...[nobody, process.pid, 1].map((pid) => `.kubeadm-${pid}-${otherNamespace}01234567-7`),
    ];
    for (const name of kept) writeFileSync(join(directory, name), "");
    await localFiles().write(join(directory, "a"), "1", { mode: 0o644 });
    expect(readdirSync(directory).toSorted()).toEqual([...kept, "a"].toSorted());
  });
});

describe("a read", () => {
  it("takes files of /proc, which claim to be empty", async () => {
    expect(await localFiles().readText("/proc/sys/kernel/ostype")).toBe("Linux\n");
  });

  it("takes a pipe to its end", async () => {
    const path = join(directory, "pipe");
    execFileSync("mkfifo", [path]);
    const reading = localFiles().readText(path);
    await localFiles().status(path);
    execFileSync("sh", ["-c", 'printf one > "$1"', "sh", path]);
    expect(await reading).toBe("one");
  });
});

describe("a wait for a change", () => {
  it("closes its watcher, however it ends", async () => {
    const files = localFiles();
    for (const place of [directory, join(directory, "not", "yet")]) {
      const controller = new AbortController();
      const waits = Array.from({ length: 20 }, () => files.changed(place, controller.signal).catch(() => undefined));
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
      expect(inotifyWatches()).toBeGreaterThan(0);
      controller.abort();
      await Promise.all(waits);
      expect(inotifyWatches()).toBe(0);
    }
  });

  it("sees a change of the times alone, and the directory's own removal", async () => {
    const files = localFiles();
    const path = join(directory, "a");
    writeFileSync(path, "1");
    for (const change of [() => utimesSync(path, 1, 1), () => rmSync(directory, { recursive: true })]) {
      const changed = files.changed(directory, AbortSignal.timeout(30_000));
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
      change();
      await changed;
    }
    expect(existsSync(directory)).toBe(false);
  });
});
