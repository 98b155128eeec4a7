import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { programCopy } from "../support/join/program-copy.ts";
import { bootstrapCases } from "./bootstrap-cases.ts";
import { commandLineCases } from "./command-line-cases.ts";
import { discoveryCases } from "./discovery-cases.ts";
import type { FaultCase } from "./fault-case.ts";
import { kubeletCases } from "./kubelet-cases.ts";
import { overlookedCases } from "./overlooked-cases.ts";
import { refusingProxy } from "./servers.ts";
import { joinArguments, machineTree, makeWorld, type Outcome, startKubeadm } from "./world.ts";

const saysWithinMs = 4_000;

// The reader of the end of a failed join must learn the code, the cause and what to do, soon, and find the machine as it was.
describe("a join that fails", () => {
  let program: ReturnType<typeof programCopy>;

  beforeAll(() => {
    program = programCopy();
  });
  afterAll(() => program[Symbol.dispose]());

  describe.each([
    ["by its command line or files", commandLineCases],
    ["while it finds the cluster", discoveryCases],
    ["after it has found the cluster", bootstrapCases],
    ["after preflight let pass what it found", overlookedCases],
    ["by its kubelet", kubeletCases],
  ])("%s", (_when, cases) => {
    test.concurrent.each(cases.map((faultCase) => [faultCase.name, faultCase] as const))(
      "%s",
      async (_name, faultCase) => {
        await using world = await makeWorld(faultCase.world);
        const args = await faultCase.arguments(world);
        const before = machineTree(world.root);
        const { checksEverything = false, environment = {} } = faultCase;
        const running = startKubeadm(world, args, { program: program.path, checksEverything, environment });
        const outcome = await running.ended;
        expectFailure(outcome, faultCase);
        const after = machineTree(world.root);
        const left = after.filter((line) => !before.includes(line));
        expect(left.filter((line) => !isLeft(line, faultCase))).toEqual([]);
        expect(before.filter((line) => !after.includes(line))).toEqual([]);
      },
      180_000,
    );
  });
});

function expectFailure(outcome: Outcome, faultCase: FaultCase): void {
  const { stderr, status, durationMs, slowness } = outcome;
  expect(fieldOf(stderr, "code"), stderr).toBe(faultCase.code);
  expect(status).toBe(1);
  for (const words of faultCase.error) expect(fieldOf(stderr, "error")).toContain(words);
  for (const words of faultCase.remedy) expect(fieldOf(stderr, "remedy")).toContain(words);
  for (const words of faultCase.stderr ?? []) expect(stderr).toContain(words);
  // The runtime's own words, of which no one but its developers can make anything.
  expect(stderr).not.toMatch(/fetch\(\)|verbose: true|\bERR_[A-Z]+|bunfs/);
  expect(durationMs).toBeLessThan(faultCase.withinMs * slowness);
  expect(durationMs).toBeGreaterThan(faultCase.atLeastMs ?? 0);
  if (faultCase.waitsFor === undefined) return;
  const { waitsFor } = faultCase;
  const told = outcome.said.find(({ text }) => waitLines(text).some((line) => line.includes(waitsFor)));
  expect(told?.stream, stderr).toBe("stderr");
  expect(told?.atMs).toBeLessThan((faultCase.saysWithinMs ?? saysWithinMs) * slowness);
}

function waitLines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.startsWith("[wait] "));
}

function fieldOf(stderr: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, "m").exec(stderr)?.[1];
}

function isLeft(line: string, { leaves }: FaultCase): boolean {
  const path = line.split(" ")[1] ?? "";
  // What is left for the next try is in the journal.
  return leaves !== undefined && (leaves.test(path) || path.startsWith("/var/lib/kubeadm"));
}

// What only root can arrange: a file system of its own for the kubelet's directory.
describe.skipIf(process.getuid?.() !== 0)("a join on a file system [needs root]", () => {
  let program: ReturnType<typeof programCopy>;
  beforeAll(() => {
    program = programCopy();
  });
  afterAll(() => program[Symbol.dispose]());

  test.each([
    ["that is full", "size=4k", "no space left on device", "is full"],
    ["that is mounted read-only", "size=1m,ro", "read-only file system", "findmnt"],
  ])(
    "%s ends with that cause, and with the machine as it was",
    async (_name, options, cause, remedy) => {
      await using world = await makeWorld();
      const directory = world.root.inside("/var/lib/kubelet");
      execFileSync("mount", ["-t", "tmpfs", "-o", `${options},mode=777`, "none", directory]);
      try {
        const args = joinArguments(world);
        const before = machineTree(world.root);
        const { stderr, status } = await startKubeadm(world, args, { program: program.path }).ended;
        expect(fieldOf(stderr, "code"), stderr).toBe("FILE_OPERATION_FAILED");
        expect(status).toBe(1);
        expect(fieldOf(stderr, "error")).toContain(cause);
        expect(fieldOf(stderr, "remedy")).toContain(remedy);
        expect(machineTree(world.root)).toEqual(before);
      } finally {
        execFileSync("umount", [directory]);
      }
    },
    150_000,
  );
});

describe("a join through a proxy", () => {
  test.each([
    ["that may not lead to the API server", "403 Forbidden"],
    ["that wants a password", "407 Proxy Authentication Required"],
  ])(
    "%s says that the proxy refuses, and how to go around it",
    async (_what, status) => {
      using program = programCopy();
      await using world = await makeWorld();
      await using proxy = await refusingProxy(status);
      const args = joinArguments(world, { endpoint: "192.0.2.10:6443", timeouts: { discovery: "30s" } });
      const environment = { HTTPS_PROXY: `http://${proxy.endpoint}` };
      const { stderr } = await startKubeadm(world, args, { program: program.path, environment }).ended;
      expect(fieldOf(stderr, "code"), stderr).toBe("DISCOVERY_UNREACHABLE");
      expect(fieldOf(stderr, "error")).toContain(`Proxy refused to open a tunnel: ${status}`);
      expect(fieldOf(stderr, "remedy")).toContain("Check the proxy in HTTPS_PROXY");
      expect(fieldOf(stderr, "remedy")).toContain("NO_PROXY=192.0.2.10,");
    },
    150_000,
  );
});

describe("a join whose server's clock differs", () => {
  test("says by how much, and continues", async () => {
    using program = programCopy();
    await using world = await makeWorld();
    world.controlPlane.faults.add({ match: {}, action: { kind: "clock-skew", ms: -7 * 60_000 } });
    const args = [...joinArguments(world), "--dry-run"];
    const { stderr, status } = await startKubeadm(world, args, { program: program.path }).ended;
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/this machine's clock is 4(19|20|21) s ahead of the API server's/);
    expect(stderr).toContain("timedatectl set-ntp true");
  }, 150_000);
});
