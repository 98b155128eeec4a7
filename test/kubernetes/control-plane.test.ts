// A cluster of three control planes and two workers, all by this program.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabHost } from "../../lab/lab-host.ts";
import {
  answersDns,
  type ControlPlaneLab,
  controlPlaneLab,
  isControlPlane,
  leaves,
  runsPod,
  votersAre,
} from "../support/control-plane/control-plane-lab.ts";
import { eventually } from "../support/join/cluster-actions.ts";

let cluster: ControlPlaneLab;
let [cp1, cp2, cp3, w1, w2]: LabHost[] = [];
const by = "ours";

beforeAll(async () => {
  cluster = await controlPlaneLab("control-plane");
  [cp1, cp2, cp3, w1, w2] = await cluster.addHosts("cp1", "cp2", "cp3", "w1", "w2");
  await cluster.init(by, host(cp1));
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

function host(made: LabHost | undefined): LabHost {
  if (made === undefined) throw new Error("the host was not made");
  return made;
}

test("init makes a control plane that answers", async () => {
  await isControlPlane(cluster.lab, host(cp1));
  await votersAre(host(cp1), "cp1");
});

test("a second and a third control plane join one after the other", async () => {
  for (const next of [cp2, cp3]) {
    await cluster.joins(host(next), { by, controlPlane: true });
    await isControlPlane(cluster.lab, host(next));
  }
  await votersAre(host(cp3), "cp1", "cp2", "cp3");
});

test("workers join through the endpoint, run pods, and reach CoreDNS", async () => {
  for (const worker of [w1, w2]) {
    await cluster.joins(host(worker), { by });
    await cluster.lab.waitForNode(host(worker).name);
  }
  for (const node of ["cp2", "w1", "w2"]) await runsPod(cluster.lab, node);
  await answersDns(cluster.lab, host(w1));
});

test("a control plane leaves by reset, its member with it; two join at once", async () => {
  for (const gone of [cp3, cp2]) await leaves(cluster.lab, host(gone), by);
  await votersAre(host(cp1), "cp1");
  const both = [host(cp2), host(cp3)];
  await Promise.all(both.map((next) => cluster.joins(next, { by, controlPlane: true })));
  for (const next of both) await isControlPlane(cluster.lab, next);
  await votersAre(host(cp1), "cp1", "cp2", "cp3");
});

test("with its first control plane dead the cluster answers, takes a worker and runs pods", async () => {
  const { lab } = cluster;
  // Both replicas of CoreDNS started where there was but one node.
  const dns = ["-n", "kube-system", "rollout"] as const;
  await lab.kubectl([...dns, "restart", "deployment/coredns"]);
  await lab.kubectl([...dns, "status", "deployment/coredns", "--timeout", "120s"]);
  await lab.removeHost("cp1");
  await lab.moveEndpoint(host(cp2));
  const answers = async () =>
    (await lab.kubectl(["get", "--raw", "/readyz", "--request-timeout", "2s"])).stdout === "ok";
  await eventually("the API server of cp2", answers, 120_000);
  await runsPod(lab, "w1");
  await answersDns(lab, host(w2));
  await leaves(lab, host(w2), by);
  await cluster.joins(host(w2), { by });
  await lab.waitForNode("w2");
  expect((await lab.kubectl(["get", "nodes", "-o", "name"])).stdout.trim().split("\n")).toHaveLength(5);
});
