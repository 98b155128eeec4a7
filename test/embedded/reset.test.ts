// The compiled program on directories that look like machines: `reset` there touches nothing else of this machine.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { criSocketPath, scratchRoot, startContainerRuntime } from "../../src/embedded/index.ts";
import { localHost } from "../../src/host/local/local-host.ts";
import { rootedHost } from "../../src/host/rooted.ts";
import { emptyDirectory } from "../../src/kubeadm/reset/empty-directory.ts";
import { createToken } from "../support/join/cluster-actions.ts";
import { type EmbeddedStage, embeddedStage } from "../support/join/embedded-stage.ts";
import { joins } from "../support/join/joining.ts";
import { programCopy } from "../support/join/program-copy.ts";
import type { Machine } from "../support/join/stage.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const isRoot = process.geteuid?.() === 0;
const directories = ["/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd"];
const unprivileged = ["--ignore-preflight-errors", "IsPrivilegedUser"];

let stage: EmbeddedStage;
beforeAll(async () => {
  stage = await embeddedStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

test("a machine that joined is as before after a reset, and joins again", async () => {
  await using machine = await stage.addMachine();
  const joinArguments = async () => {
    const token = await createToken(stage.cluster);
    return [stage.cluster.endpoint, "--token", token, "--discovery-token-ca-cert-hash", stage.cluster.caPin];
  };
  const before = await filesOf(machine);
  await joins(machine, await joinArguments());
  const reset = await machine.start(["reset", "--force", ...unprivileged]).ended;
  expect(reset, reset.stderr).toMatchObject({ status: 0 });
  // Only root can stop the kubelet of a root.
  expect(reset.stderr).toContain("Unable to detect a supported init system!");
  expect(await filesOf(machine)).toEqual(before);
  await machine.leave(machine.hostname);
  await joins(machine, await joinArguments());
});

/** But for the directories that a join makes and a reset only empties, as upstream's does. */
async function filesOf(machine: Machine): Promise<readonly string[]> {
  const made = [...directories, "/etc/kubernetes/manifests", "/etc/kubernetes/pki"];
  return (await machine.tree(...directories)).filter((line) => !made.some((path) => line.includes(`${path} `)));
}

describe("on a root of its own", () => {
  /** A root with a worker's files, and a place outside that traps lead to. */
  function trapped() {
    const root = scratchRoot();
    const outside = temporaryDirectory().path;
    writeFileSync(join(outside, "precious"), "data");
    for (const path of ["/etc/kubernetes/pki", "/etc/kubernetes/manifests", "/var/lib/kubelet/pods/1"]) {
      mkdirSync(root.inside(path), { recursive: true });
    }
    writeFileSync(root.inside("/etc/kubernetes/kubelet.conf"), "kubelet");
    writeFileSync(root.inside("/etc/kubernetes/pki/ca.crt"), "ca");
    for (const path of ["/etc/kubernetes/pki/out", "/var/lib/kubelet/out", "/var/lib/kubelet/pods/1/out"]) {
      symlinkSync(outside, root.inside(path));
    }
    symlinkSync(join(outside, "precious"), root.inside("/etc/kubernetes/admin.conf"));
    return { root, outside, [Symbol.dispose]: () => root.remove() };
  }

  test("symlinks are removed and never followed; pods go, a second reset finds nothing", async () => {
    using program = programCopy();
    using trap = trapped();
    const { root, outside } = trap;
    await using runtime = await startContainerRuntime(root.inside(criSocketPath), { podSandboxes: ["a", "b"] });
    const reset = () =>
      machineRun([program.path, "--rootfs", root.path, "reset", "--force", "--kubeconfig", "/none", ...unprivileged]);
    const first = await reset();
    expect(first, first.stderr).toMatchObject({ status: 0 });
    expect(readFileSync(join(outside, "precious"), "utf8")).toBe("data");
    for (const directory of directories.slice(0, 2)) {
      expect(execFileSync("find", [root.inside(directory), "-not", "-type", "d"], { encoding: "utf8" })).toBe("");
    }
    expect(readdirSync(root.inside("/var/lib/kubelet"))).toEqual([]);
    expect(runtime.podSandboxes()).toEqual([]);
    const again = await reset();
    expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining("[reset] Nothing to reset") });
  });

  test("the question is answered on the standard input", async () => {
    using program = programCopy();
    using trap = trapped();
    const { root } = trap;
    const argv = [program.path, "--rootfs", root.path, "reset", "--kubeconfig", "/none", ...unprivileged];
    const question = "[reset] Are you sure you want to proceed? [y/N]: ";
    expect(await machineRun(argv, "n\n")).toMatchObject({ status: 1, stdout: question });
    expect(readFileSync(root.inside("/etc/kubernetes/kubelet.conf"), "utf8")).toBe("kubelet");
    const yes = await machineRun(argv, "y\nmore\n");
    expect(yes, yes.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining(`${question}[preflight] `) });
    expect(readdirSync(root.inside("/var/lib/kubelet"))).toEqual([]);
  });

  test.runIf(isRoot)("what is mounted stays, with all that is in it [needs root]", async () => {
    using trap = trapped();
    const { root, outside } = trap;
    const mountPoint = root.inside("/etc/kubernetes/pki/deep/mounted");
    mkdirSync(mountPoint, { recursive: true });
    execFileSync("mount", ["--bind", outside, mountPoint]);
    try {
      const host = rootedHost(localHost(), root.path);
      const mountPoints = new Set(await host.mounts.list());
      expect([...mountPoints]).toEqual(["/etc/kubernetes/pki/deep/mounted"]);
      const emptied = await emptyDirectory("/etc/kubernetes/pki", { files: host.files, mountPoints });
      expect(emptied).toEqual({ removed: 2, kept: ["/etc/kubernetes/pki/deep/mounted"], failures: [] });
      await host.mounts.unmount("/etc/kubernetes/pki/deep/mounted", { signal: new AbortController().signal });
      expect(await host.mounts.list()).toEqual([]);
    } finally {
      if (readFileSync("/proc/self/mounts", "utf8").includes(mountPoint)) execFileSync("umount", [mountPoint]);
    }
    expect(readFileSync(join(outside, "precious"), "utf8")).toBe("data");
  });
});

/** Beside the container runtime of this process, which a synchronous run would hold up. */
async function machineRun([program = "", ...args]: readonly string[], input = "") {
  const child = spawn(program, args, { cwd: "/", env: { PATH: "/usr/bin:/bin" }, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => (said[stream] += chunk));
  }
  const status = await new Promise((resolve) => child.once("close", resolve));
  return { status, ...said };
}
