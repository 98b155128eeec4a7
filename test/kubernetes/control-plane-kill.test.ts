// A control-plane join that is killed, at a moment of chance, repeatedly; then the documented way to continue.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabHost } from "../../lab/lab-host.ts";
import {
  type ControlPlaneLab,
  controlPlaneLab,
  isControlPlane,
  leaves,
  members,
  votersAre,
} from "../support/control-plane/control-plane-lab.ts";
import { eventually } from "../support/join/cluster-actions.ts";
import { Random, seed } from "../support/random.ts";

const kills = Number(process.env["KUBEADM_KILLS"] ?? 8);
const limitMs = (kills + 2) * 120_000;
const by = "ours";

let cluster: ControlPlaneLab;
let cp1: LabHost;
let cp2: LabHost;
let wholeMs: number;

beforeAll(async () => {
  process.stderr.write(`KUBEADM_SEED=${seed} makes these moments again\n`);
  cluster = await controlPlaneLab("kill");
  [cp1, cp2] = await cluster.addHosts("cp1", "cp2");
  await cluster.init(by, cp1);
  const whole = await cluster.joins(cp2, { by, controlPlane: true });
  wholeMs = whole.elapsedMs;
  await isControlPlane(cluster.lab, cp2);
  await leaves(cluster.lab, cp2, by);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

/** The cluster's one voter continues, whatever became of the other. */
async function stillAnswers(): Promise<void> {
  const ready = ["get", "--raw", "/readyz", "--request-timeout", "5s"] as const;
  const answers = async () => (await cluster.lab.kubectl(ready)).stdout === "ok";
  await eventually("the API server of cp1", answers, 30_000);
}

/** Certificates and keys that are there are whole: openssl reads them, and no key waits for its certificate without success. */
async function filesAreWhole(): Promise<void> {
  // What was being written when the program was killed is at a temporary name, where no one reads it.
  const entries = (await cp2.readTree(["/etc/kubernetes"])).filter(({ path }) => !/\/\.kubeadm-[^/]+$/.test(path));
  for (const { path, size, type } of entries) if (type === "file") expect([path, size]).not.toEqual([path, 0]);
  for (const { path } of entries.filter(({ path }) => path.endsWith(".crt"))) {
    await cp2.mustRun(["openssl", "x509", "-noout", "-in", path]);
  }
  for (const { path } of entries.filter(({ path }) => path.endsWith(".key"))) {
    await cp2.mustRun(["openssl", "pkey", "-noout", "-in", path]);
  }
  for (const { path, content } of entries.filter(({ path }) => path.endsWith(".yaml"))) {
    expect(content?.toString("utf8").endsWith("\n"), path).toBe(true);
  }
}

test(`killed at ${kills} moments it never costs the quorum, and reset clears the way`, {
  timeout: limitMs,
}, async () => {
  const random = new Random(seed);
  for (let round = 1; round <= kills; round += 1) {
    // The first join is the slowest: by the end of its time most others have ended.
    const atMs = Math.round(random.next() * wholeMs * 0.8);
    const running = cluster.join(cp2, { by, controlPlane: true });
    await sleep(atMs);
    await cp2.run(["pkill", "-KILL", "-f", "^\\S*kubeadm\\S* join "]);
    const { exitCode } = await running;
    const before = (await members(cp1).catch(() => [])).map(
      ({ name, isLearner }) => `${name || "?"}${isLearner ? "*" : ""}`,
    );
    process.stderr.write(`${round}: killed after ${atMs} ms, exit code ${exitCode}, members ${before.join(" ")}\n`);
    await filesAreWhole();
    await leaves(cluster.lab, cp2, by);
    await stillAnswers();
    await votersAre(cp1, "cp1");
  }
  await cluster.joins(cp2, { by, controlPlane: true });
  await isControlPlane(cluster.lab, cp2);
  await votersAre(cp1, "cp1", "cp2");
});
