import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../test/support/temporary/temporary-directory.ts";
import { localHost } from "../host/local/local-host.ts";
import { rootedHost } from "../host/rooted.ts";
import { entriesBelow } from "./entries-below.ts";
import { scratchRoot } from "./scratch-root.ts";

describe("a scratch root", () => {
  test("looks like a fresh machine through the program's own --rootfs", async () => {
    using node = scratchRoot({ hostname: "w1" });
    const { files } = rootedHost(localHost(), node.path);
    expect(await files.readText("/proc/sys/net/ipv4/ip_forward")).toBe("1\n");
    expect((await files.readText("/proc/swaps")).trim().split("\n")).toHaveLength(1);
    expect(await files.readText("/etc/hostname")).toBe("w1\n");
    expect(await files.list("/var/run")).toEqual(["containerd"]);
    expect(await files.status("/etc/kubernetes")).toBeUndefined();
  });

  test("has a kubelet that prints its version", () => {
    using node = scratchRoot();
    expect(execFileSync(node.inside("/usr/bin/kubelet"), ["--version"], { encoding: "utf8" })).toBe(
      "Kubernetes v1.37.2\n",
    );
  });

  test("is removed whole, and nothing that its links name", () => {
    const node = scratchRoot();
    expect(readlinkSync(node.inside("/var/run"))).toBe("/run");
    node.remove();
    expect(existsSync(node.path)).toBe(false);
    expect(existsSync("/run")).toBe(true);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "belongs to the user it is for, links included, and changes nothing else [needs root]",
    () => {
      const before = lstatSync("/run");
      using node = scratchRoot({ uid: 65534 });
      const owners = new Set(entriesBelow(node.path).map((path) => lstatSync(path).uid));
      expect([...owners]).toEqual([65534]);
      expect(lstatSync("/run").ctimeMs).toBe(before.ctimeMs);
    },
  );
});

test("entriesBelow lists links and does not enter them", () => {
  const directory = temporaryDirectory().path;
  mkdirSync(join(directory, "inside/deep"), { recursive: true });
  mkdirSync(join(directory, "outside"));
  writeFileSync(join(directory, "outside/secret"), "");
  symlinkSync(join(directory, "outside"), join(directory, "inside/link"));
  const names = entriesBelow(join(directory, "inside")).map((path) => path.slice(directory.length));
  expect(names.sort()).toEqual(["/inside/deep", "/inside/link"]);
});
