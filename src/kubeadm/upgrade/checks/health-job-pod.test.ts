import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Administrator, administratorOf } from "../../../../test/support/upgrade/administrator.ts";
import { type ControlPlane, resources, startControlPlane } from "../../../embedded/control-plane/index.ts";
import { lookAtJobPod } from "./health-job-pod.ts";

let controlPlane: ControlPlane;
let administrator: Administrator;
beforeEach(async () => {
  controlPlane = await startControlPlane({ version: "v1.36.3", encryptionAlgorithm: "ECDSA-P256" });
  administrator = await administratorOf(controlPlane);
});
afterEach(() => controlPlane.close());

const jobName = "upgrade-health-check-1";
const name = `${jobName}-abcde`;
const namespace = "kube-system";
const image = "registry.k8s.io/pause:3.10.2";
const look = () => lookAtJobPod({ jobName, image }, administrator.requests);

/** Creates the Job's Pod; it is not scheduled without a name of one. */
function createPod(status: object, nodeName?: string): void {
  const metadata = { name, namespace, labels: { "job-name": jobName } };
  const spec = {
    containers: [{ name: "upgrade-health-check", image }],
    ...(nodeName === undefined ? {} : { nodeName }),
  };
  controlPlane.storage.create(resources.pods, { apiVersion: "v1", kind: "Pod", metadata, spec, status });
}

function createEvent(event: { readonly type: string; readonly message: string; readonly lastTimestamp: string }): void {
  controlPlane.storage.create(resources.events, {
    ...{ apiVersion: "v1", kind: "Event", reason: "FailedCreatePodSandBox", ...event },
    metadata: { name: `${name}.${event.lastTimestamp.replaceAll(/\D/g, "")}`, namespace },
    involvedObject: { kind: "Pod", namespace, name },
  });
}

function createNode(nodeName: string, taints: readonly object[]): void {
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: nodeName }, spec: { taints } };
  controlPlane.storage.create(resources.nodes, node);
}

const containers = (state: object) => ({
  phase: "Pending",
  containerStatuses: [{ name: "upgrade-health-check", state }],
});
const creating = containers({ waiting: { reason: "ContainerCreating" } });
const noSandbox = "failed to get sandbox image: not found";

describe("the Pod of the Job", () => {
  it.each<readonly [string, object, string]>([
    [
      "an image that cannot be pulled",
      containers({ waiting: { reason: "ErrImagePull", message: "no such host" } }),
      "ErrImagePull: no such host",
    ],
    [
      "a program that ends with an error",
      containers({ terminated: { exitCode: 1, reason: "Error" } }),
      "it exited with code 1: Error",
    ],
    [
      "a Pod that the kubelet does not admit",
      { reason: "NodeAffinity", message: "it does not fit" },
      "NodeAffinity: it does not fit",
    ],
    ["a kubelet that does nothing", { phase: "Pending" }, "the kubelet of w1 has not started it"],
    ["a container that is being created, and no more", creating, "ContainerCreating"],
    [
      "a registry that answers with lines and colors",
      containers({ waiting: { reason: "ErrImagePull", message: "no\u001b[31m\ncode: OK" } }),
      "ErrImagePull: no\\u001b[31m\\ncode: OK",
    ],
  ])("names the Node and the reason for %s", async (_, status, reason) => {
    createPod(status, "w1");
    expect(await look()).toEqual({
      reason: `Its Pod ${name} is on Node w1: ${reason}`,
      remedy: expect.stringMatching(/^Check w1: .*registry\.k8s\.io\/pause:3\.10\.2.* `kubectl cordon w1`/),
    });
  });

  it.each(["Succeeded", "Running"])("has succeeded (%s), and no controller manager has recorded it", async (phase) => {
    const { containerStatuses } = containers({ terminated: { exitCode: 0, reason: "Completed" } });
    createPod({ phase, containerStatuses }, "w1");
    expect(await look()).toEqual({
      reason: `Its Pod ${name} has succeeded on Node w1, and the controller manager has not recorded it yet`,
      remedy: expect.stringContaining("component=kube-controller-manager"),
    });
  });

  it("has the reason of its last warning while its containers are being created", async () => {
    createPod(creating, "w1");
    createEvent({ type: "Warning", message: noSandbox, lastTimestamp: "2026-01-02T03:04:06Z" });
    createEvent({ type: "Warning", message: "an earlier one", lastTimestamp: "2026-01-02T03:04:05Z" });
    createEvent({ type: "Normal", message: "a later one", lastTimestamp: "2026-01-02T03:04:07Z" });
    expect((await look()).reason).toBe(`Its Pod ${name} is on Node w1: FailedCreatePodSandBox: ${noSandbox}`);
  });

  const unscheduled = "0/1 nodes are available: 1 node(s) had untolerated taint(s).";
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: unscheduled }];

  it("is not scheduled, for the scheduler's reason", async () => {
    createPod({ conditions });
    expect(await look()).toEqual({
      reason: `Its Pod ${name} is not scheduled: ${unscheduled}`,
      remedy: expect.stringMatching(
        /tolerates only the taint node-role\.kubernetes\.io\/control-plane,.*kubectl describe/,
      ),
    });
  });

  it("is not scheduled because of the taints of Nodes, which are named", async () => {
    const taint = (key: string, effect: string, value?: string) => ({ key, effect, value });
    createNode("cp1", [taint("node-role.kubernetes.io/control-plane", "NoSchedule")]);
    createNode("w1", [taint("node.kubernetes.io/unschedulable", "NoSchedule")]);
    createNode("w2", [taint("example.org/a", "NoExecute", "b"), taint("example.org/c", "PreferNoSchedule")]);
    createPod({ conditions });
    const { remedy } = await look();
    expect(remedy).toMatch(
      / Taints: w1 \(node\.kubernetes\.io\/unschedulable:NoSchedule\); w2 \(example\.org\/a=b:NoExecute\)\.$/,
    );
  });

  it("is not scheduled without a scheduler, which is named then", async () => {
    createPod({ phase: "Pending" });
    expect(await look()).toEqual({
      reason: `Its Pod ${name} is not scheduled: the scheduler has not processed it`,
      remedy: expect.stringContaining("component=kube-scheduler"),
    });
  });

  it("does not exist without a controller manager, which is named then", async () => {
    expect(await look()).toEqual({
      reason: "The controller manager has not created the Job's Pod",
      remedy: expect.stringContaining("component=kube-controller-manager"),
    });
  });
});
