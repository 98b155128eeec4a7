// The reader of the end of a failed init or join of a control plane must learn the code, the cause and what to do, within
// seconds; no secret is printed, no member of etcd is left behind, and the machine is as it was or can be reset.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClusterMachine, embeddedCluster } from "../../src/embedded/index.ts";
import { kubeadm, type Outcome } from "../support/control-plane/kubeadm.ts";
import { certificateKey, limitMs, type Started, startedCluster, token, tree } from "../support/control-plane/stage.ts";
import { watchSlowness } from "../support/slowness.ts";
import type { InitFault, JoinFault } from "./control-plane-case.ts";
import { initFaults } from "./init-faults.ts";
import { joinFaults } from "./join-faults.ts";

const watched = ["/etc", "/var/lib"];

async function fails(machine: ClusterMachine, args: readonly string[], fault: InitFault | JoinFault): Promise<void> {
  const before = tree(machine, ...watched);
  const began = performance.now();
  using watch = watchSlowness();
  const outcome = await kubeadm(machine, args);
  const durationMs = performance.now() - began;
  expectWords(outcome, fault);
  expect(durationMs).toBeLessThan(fault.withinMs * watch.factor());
  const left = tree(machine, ...watched).filter((line) => !before.includes(line));
  expect(left.filter((line) => !isLeft(line.split(" ")[1] ?? "", fault))).toEqual([]);
}

/** What is left for the next try is in the journal. */
function isLeft(path: string, { leaves }: InitFault | JoinFault): boolean {
  return leaves !== undefined && (leaves.test(path) || path.startsWith("/var/lib/kubeadm"));
}

function expectWords({ status, stdout, stderr }: Outcome, fault: InitFault | JoinFault): void {
  const said = stdout + stderr;
  expect(linesOf(stderr, "code"), said).toBe(fault.code);
  expect(status).toBe(1);
  for (const words of fault.error) expect(linesOf(stderr, "error")).toContain(words);
  for (const words of fault.cause ?? []) expect(linesOf(stderr, "cause")).toContain(words);
  for (const words of fault.remedy) expect(linesOf(stderr, "remedy")).toContain(words);
  for (const words of fault.says ?? []) expect(said).toContain(words);
  for (const secret of [token.split(".")[1] ?? "", certificateKey, "PRIVATE KEY"]) expect(said).not.toContain(secret);
}

function linesOf(stderr: string, name: string): string {
  return [...stderr.matchAll(new RegExp(`^${name}: (.*)$`, "gm"))].map(([, text]) => text).join("\n");
}

describe("An init that meets", { timeout: limitMs }, () => {
  test.each(initFaults.map((fault) => [fault.name, fault] as const))("%s", async (_name, fault) => {
    await using cluster = await embeddedCluster();
    const machine = await cluster.machine("cp1", fault.machine);
    await fails(machine, ["init", ...(await fault.arguments(cluster, machine))], fault);
  });
});

describe("A control plane that joins", { timeout: limitMs }, () => {
  let shared: Started;
  let made = 0;
  beforeAll(async () => {
    shared = await startedCluster();
  }, limitMs);
  afterAll(() => shared?.[Symbol.asyncDispose]());

  async function failsIn(started: Started, fault: JoinFault): Promise<void> {
    made += 1;
    const machine = await started.cluster.machine(
      fault.harmsCluster === true ? "joining" : `joining-${made}`,
      fault.machine,
    );
    const args = await fault.arguments(started, machine);
    await fails(machine, args, fault);
    const members = started.cluster.etcdMembers().map(({ name }) => name);
    expect(members.toSorted()).toEqual(fault.members ?? ["cp1"]);
  }

  test.each(joinFaults.map((fault) => [fault.name, fault] as const))("%s", async (_name, fault) => {
    if (fault.harmsCluster !== true) return failsIn(shared, fault);
    await using own = await startedCluster();
    await failsIn(own, fault);
  });
});
