import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary/temporary-directory.ts";
import { findProgram } from "../find-program.ts";
import { localCommands } from "./commands.ts";

const signal = new AbortController().signal;
const inTime = { signal, timeoutMs: 10_000 };

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the process is gone; init may need a moment to collect it. */
async function gone(pid: number): Promise<boolean> {
  for (let round = 0; round < 100 && isAlive(pid); round++) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  return !isAlive(pid);
}

describe("the end of a wait", () => {
  it("reaches what the child has started: its process group is ended", async () => {
    const directory = temporaryDirectory().path;
    const pidFile = join(directory, "pid");
    const script = 'sleep 300 & echo $! > "$1"; wait';
    const run = localCommands().run(["sh", "-c", script, "sh", pidFile], { signal, timeoutMs: 2_000 });
    await expect(run).rejects.toMatchObject({ code: "timed-out", message: "sh: not ended after 2000ms" });
    const { stdout } = await localCommands().run(["cat", pidFile], inTime);
    expect(await gone(Number(stdout))).toBe(true);
  });

  it("comes by SIGKILL where SIGTERM does not help", async () => {
    const started = performance.now();
    const script = "trap '' TERM; while :; do sleep 1; done";
    // A shell that is slow to start has not set its trap before.
    const timeoutMs = 2_000;
    const run = localCommands().run(["sh", "-c", script], { signal, timeoutMs });
    await expect(run).rejects.toMatchObject({ code: "timed-out" });
    expect(performance.now() - started).toBeGreaterThan(timeoutMs + 1_400);
    expect(performance.now() - started).toBeLessThan(timeoutMs + 7_900);
  });
});

it("a child that a signal ended exits with 128 and the signal's number, as in a shell", async () => {
  expect((await localCommands().run(["sh", "-c", "kill -9 $$"], inTime)).exitCode).toBe(137);
  expect((await localCommands().run(["sh", "-c", "kill -SEGV $$"], inTime)).exitCode).toBe(139);
});

it("a daemon that keeps the output open does not keep the caller", async () => {
  const started = performance.now();
  const result = await localCommands().run(["sh", "-c", "sleep 20 & echo started"], inTime);
  expect(result).toEqual({ exitCode: 0, stdout: "started\n", stderr: "" });
  expect(performance.now() - started).toBeLessThan(5_000);
});

it("of much output the end is kept", async () => {
  const script = "head -c 5000000 /dev/zero | tr '\\0' x; echo the end; echo cause >&2";
  const { stdout, stderr } = await localCommands().run(["sh", "-c", script], inTime);
  expect(stdout.length).toBe(1024 * 1024);
  expect(stdout.endsWith("x\nthe end\n") || stdout.endsWith("xthe end\n")).toBe(true);
  expect(stderr).toBe("cause\n");
});

it("a program that does not read its input does not fail for it", async () => {
  const result = await localCommands().run(["true"], { ...inTime, input: "x".repeat(1_000_000) });
  expect(result.exitCode).toBe(0);
});

it("a file that may not be run is refused in Go's words", async () => {
  const directory = temporaryDirectory().path;
  const path = join(directory, "program");
  writeFileSync(path, "#!/bin/sh\n", { mode: 0o644 });
  await expect(localCommands().run([path], inTime)).rejects.toMatchObject({
    code: "permission-denied",
    program: path,
    message: `fork/exec ${path}: permission denied`,
  });
});

describe("a program is looked for", () => {
  const programs = new Set(["/usr/bin/kubelet", "/opt/bin/kubelet", "bin/kubelet", "./kubelet"]);
  const isExecutable = async (path: string) => programs.has(path);
  for (const [title, name, searchPath, found] of [
    ["in the order of PATH", "kubelet", "/opt/bin:/usr/bin", "/opt/bin/kubelet"],
    ["not in relative or empty entries", "kubelet", "bin:.::/usr/bin", "/usr/bin/kubelet"],
    ["nowhere without PATH", "kubelet", undefined, undefined],
    ["as it stands when it has a slash", "/usr/bin/kubelet", "/opt/bin", "/usr/bin/kubelet"],
    ["without success where it is not", "kubectl", "/opt/bin:/usr/bin", undefined],
  ] as const) {
    it(title, async () => {
      expect(await findProgram(name, searchPath, isExecutable)).toBe(found);
    });
  }
});
