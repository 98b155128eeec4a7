import { expect, it } from "vitest";
import { memoryContainerRuntimes, memoryRuntime } from "../../../../test/fixtures/cri/memory.ts";
import { nodeWith } from "../../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { examinationPorts } from "../../../../test/fixtures/kubeadm/doctor/examination.ts";
import { criSocketUrl } from "../../../../test/fixtures/kubeadm/doctor/worker.ts";
import type { Container } from "../../../cri/container-runtime.ts";
import { silentEvents } from "../../../events/events.ts";
import { memoryHost } from "../../../host/memory.ts";
import { writeComponentManifests } from "../../control-plane/write-component-manifests.ts";
import { examinationOf } from "../examination.ts";
import { staticPodStates } from "./static-pods.ts";

const now = new Date("2026-01-02T00:00:00Z");
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000);

/** Looks at the scheduler of cp1, whose containers are these, oldest first. */
async function look(containers: readonly Pick<Container, "state" | "createdAt">[], logs: readonly string[] = []) {
  const runtime = memoryRuntime();
  runtime.sandboxes.push({
    id: "pod",
    name: "kube-scheduler-cp1",
    namespace: "kube-system",
    uid: "u-pod",
    ready: true,
  });
  const host = memoryHost({
    files: { "/var/lib/kubelet/instance-config.yaml": `containerRuntimeEndpoint: ${criSocketUrl}\n` },
    machine: { hostname: "cp1" },
    clock: { start: now },
  });
  const all = containers.map((each, attempt) => ({ ...each, id: `c${attempt}`, name: "kube-scheduler", attempt }));
  runtime.containers.set("pod", all);
  for (const [attempt, log] of logs.entries()) {
    host.files.put(`/var/log/pods/${attempt}.log`, log);
    runtime.logPaths.set(`c${attempt}`, `/var/log/pods/${attempt}.log`);
    runtime.ends.set(`c${attempt}`, { exitCode: 1, reason: "Error", message: "" });
  }
  const options = { components: ["kube-scheduler"], patches: async () => [] } as const;
  await writeComponentManifests(nodeWith(), options, { ...host, events: silentEvents });
  const connectContainerRuntime = memoryContainerRuntimes({ [criSocketUrl]: runtime });
  const examination = examinationOf(examinationPorts(host, { connectContainerRuntime }));
  const state = await examination.once(staticPodStates["kube-scheduler"]);
  return { state, lists: runtime.calls.filter((call) => /^(?:podSandboxes|containers)\b/.test(call)) };
}

const once = ["podSandboxes", "containers pod"];

it("the containers of a Pod that runs are listed once", async () => {
  const { state, lists } = await look([{ state: "running", createdAt: secondsAgo(3600) }]);
  expect(state).toEqual({ state: "running", restarts: 0, createdAt: secondsAgo(3600) });
  expect(lists).toEqual(once);
});

it("the containers of a Pod that has just been restarted are listed once, and the one before tells how it ended", async () => {
  const containers = [
    { state: "exited", createdAt: secondsAgo(60) },
    { state: "running", createdAt: secondsAgo(5) },
  ] as const;
  const { state, lists } = await look(containers, ["F0101 no leader\n"]);
  expect(state).toMatchObject({
    state: "running",
    restarts: 1,
    recentExit: { reason: "kube-scheduler exited with status 1: F0101 no leader" },
  });
  expect(lists).toEqual(once);
});

it("the containers of a Pod that is down are listed once", async () => {
  const { state, lists } = await look([{ state: "exited", createdAt: secondsAgo(60) }], ["F0101 no leader\n"]);
  expect(state).toMatchObject({
    state: "down",
    diagnosis: { reason: "kube-scheduler exited with status 1: F0101 no leader" },
  });
  expect(lists).toEqual(once);
});
