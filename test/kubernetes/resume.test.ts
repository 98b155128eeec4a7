// Runs that are killed at random moments, then the same command again: it ends as a run that no one interrupted.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../lab/lab-host.ts";
import {
  type ControlPlaneLab,
  controlPlaneLab,
  isControlPlane,
  leaves,
  votersAre,
} from "../support/control-plane/control-plane-lab.ts";
import { Random, seed } from "../support/random.ts";

const by = "ours";
/** `npm run resume:kubernetes` kills 40. */
const rounds = Number(process.env["KUBEADM_KILLS"] ?? 16);
const workerRounds = Math.round(rounds * 0.6);
const controlPlaneRounds = Math.round(rounds * 0.25);
const initRounds = rounds - workerRounds - controlPlaneRounds;
const limitMs = (rounds + 2) * 70_000;

const directories = ["/etc/kubernetes", "/var/lib/kubelet/pki", "/var/lib/kubeadm"] as const;
const kubeletFiles = /^\/var\/lib\/kubelet\/pki\/kubelet-client-\d/;

/** Paths and modes of the files of a node; a dated certificate of the kubelet counts under one name. */
async function filesOf(host: LabHost): Promise<readonly string[]> {
  const entries = await host.readTree([...directories]);
  return entries
    .map(({ path, mode, type }) => `${type} ${mode.toString(8)} ${path.replace(kubeletFiles, "a dated certificate ")}`)
    .map((line) => line.replace(/a dated certificate .*/, "a dated certificate"))
    .toSorted();
}

/** Kills kubeadm on the host after a part of the time that a whole run takes. */
async function kill(host: LabHost, running: Promise<unknown>, atMs: number): Promise<void> {
  const ended = running.catch(() => undefined);
  await sleep(atMs);
  await host.run(["pkill", "-KILL", "-f", "^\\S*kubeadm\\S* (join|init) "]);
  await ended;
}

/** Whether the killed run had ended: then the same command has nothing to continue, and is refused as ever. */
async function hasJournal(host: LabHost): Promise<boolean> {
  return (await host.run(["test", "-e", "/var/lib/kubeadm/journal.json"])).exitCode === 0;
}

function note(what: string, round: number, atMs: number, outcome: string): void {
  process.stderr.write(`${what} ${round}: killed after ${atMs} ms, ${outcome}\n`);
}

describe("Joins that are killed", () => {
  let cluster: ControlPlaneLab;
  let cp1: LabHost;
  let cp2: LabHost;
  let worker: LabHost;
  const random = new Random(seed);

  beforeAll(async () => {
    process.stderr.write(`KUBEADM_SEED=${seed} makes these moments again\n`);
    cluster = await controlPlaneLab("resume");
    [cp1, cp2, worker] = await cluster.addHosts("cp1", "cp2", "w1");
    await cluster.init(by, cp1);
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  async function killedAgainAndAgain(what: string, host: LabHost, count: number, controlPlane: boolean): Promise<void> {
    // The first join is the slowest.
    await cluster.joins(host, { by, controlPlane });
    await leaves(cluster.lab, host, by);
    const whole = await cluster.joins(host, { by, controlPlane });
    await cluster.lab.waitForNode(host.name, { timeoutMs: 120_000 });
    const files = await filesOf(host);
    await leaves(cluster.lab, host, by);
    for (let round = 1; round <= count; round += 1) {
      const atMs = Math.round(random.next() * whole.elapsedMs);
      await kill(host, cluster.join(host, { by, controlPlane }), atMs);
      if (await hasJournal(host)) {
        const again = await cluster.joins(host, { by, controlPlane });
        const line = again.stdout.split("\n").find((each) => each.includes("Continuing")) ?? "nothing to continue";
        note(what, round, atMs, line);
        expect(line).toContain("Continuing the join");
      } else {
        const again = await cluster.join(host, { by, controlPlane });
        note(what, round, atMs, again.exitCode === 0 ? "before its first change" : "after its end");
      }
      await cluster.lab.waitForNode(host.name, { timeoutMs: 120_000 });
      expect(await filesOf(host)).toEqual(files);
      if (controlPlane) {
        await isControlPlane(cluster.lab, host);
        await votersAre(cp1, "cp1", host.name);
      }
      await leaves(cluster.lab, host, by);
      if (controlPlane) await votersAre(cp1, "cp1");
    }
  }

  test(`a worker, at ${workerRounds} moments`, { timeout: limitMs }, () =>
    killedAgainAndAgain("worker", worker, workerRounds, false),
  );

  test(`a control plane, at ${controlPlaneRounds} moments`, { timeout: limitMs }, () =>
    killedAgainAndAgain("control plane", cp2, controlPlaneRounds, true),
  );
});

describe("An init that is killed", () => {
  let cluster: ControlPlaneLab;
  let host: LabHost;
  const random = new Random(seed + 1);

  beforeAll(async () => {
    cluster = await controlPlaneLab("resumed");
    host = await cluster.addHost("cp1");
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  test(`at ${initRounds} moments`, { timeout: limitMs }, async () => {
    const whole = await cluster.init(by, host);
    const files = await filesOf(host);
    await host.mustRun(["kubeadm", "reset", "--force"]);
    for (let round = 1; round <= initRounds; round += 1) {
      const atMs = Math.round(random.next() * whole.elapsedMs);
      await kill(host, cluster.init(by, host), atMs);
      const isUnfinished = await hasJournal(host);
      const isInitialized =
        !isUnfinished && (await host.run(["test", "-e", "/etc/kubernetes/admin.conf"])).exitCode === 0;
      if (!isInitialized) await cluster.init(by, host);
      note("init", round, atMs, isUnfinished ? "continued" : "nothing to continue");
      await isControlPlane(cluster.lab, host);
      expect(await filesOf(host)).toEqual(files);
      await host.mustRun(["kubeadm", "reset", "--force"]);
    }
  });
});
