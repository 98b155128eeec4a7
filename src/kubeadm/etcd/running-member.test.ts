import { describe, expect, it } from "vitest";
import { type Container, ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { memoryHost } from "../../host/memory.ts";
import { appliedIndexOfLocalEtcd, restartLocalEtcd } from "./running-member.ts";

const signal = new AbortController().signal;
const etcd: Container = { id: "c1", name: "etcd", attempt: 0, createdAt: new Date(0), state: "running" };

async function restart(containers: readonly Container[], stop: () => Promise<void> = async () => undefined) {
  const stopped: string[] = [];
  let closed = false;
  const runtime = {
    podSandboxes: async () => [
      { id: "other", name: "etcd-cp1", namespace: "default", uid: "u-other", ready: true },
      { id: "gone", name: "etcd-cp1", namespace: "kube-system", uid: "u-gone", ready: false },
      { id: "own", name: "etcd-cp1", namespace: "kube-system", uid: "u-own", ready: true },
    ],
    containers: async (id: string) => (id === "own" ? containers : []),
    stopContainer: async (id: string) => {
      stopped.push(id);
      await stop();
    },
    close: () => {
      closed = true;
    },
  };
  const restarted = await restartLocalEtcd({ nodeName: "cp1", runtime }, signal);
  expect(closed).toBe(true);
  return { restarted, stopped };
}

describe("the container of this machine's etcd", () => {
  it("is ended where it is the first one of its Pod", async () => {
    expect(await restart([etcd])).toEqual({ restarted: true, stopped: ["c1"] });
  });

  it("counts as ended where the runtime was asked to and did not say so in time", async () => {
    const late = async () => {
      throw new ContainerRuntimeError("timed-out", "context deadline exceeded");
    };
    expect(await restart([etcd], late)).toEqual({ restarted: true, stopped: ["c1"] });
  });

  it.each<{ readonly what: string; readonly containers: readonly Container[] }>([
    { what: "was started again already: the kubelet would wait", containers: [{ ...etcd, attempt: 1 }] },
    { what: "does not run", containers: [{ ...etcd, state: "exited" }] },
    { what: "has another name", containers: [{ ...etcd, name: "etcd-metrics" }] },
    { what: "is not there", containers: [] },
  ])("is left alone where it $what", async ({ containers }) => {
    expect(await restart(containers)).toEqual({ restarted: false, stopped: [] });
  });
});

describe("the last applied entry", () => {
  const manifestOf = (flag: string) => `spec:\n  containers:\n  - name: etcd\n    command: [etcd, "${flag}"]\n`;

  it.each([
    { what: "is read from the metrics", body: "# HELP x\netcd_server_proposals_applied_total 1.25e+03\n", index: 1250 },
    { what: "is unknown where the metrics lack it", body: "go_goroutines 5\n" },
    {
      what: "is no number where the metrics have none",
      body: "etcd_server_proposals_applied_total soon\n",
      index: Number.NaN,
    },
    {
      what: "is unknown where the metrics are served with TLS alone",
      flag: "--listen-metrics-urls=https://127.0.0.1:2381",
      body: "etcd_server_proposals_applied_total 7\n",
    },
  ])("$what", async ({ body, index, flag = "--listen-metrics-urls=http://127.0.0.1:2381" }) => {
    const { files } = memoryHost({ files: { "/etc/kubernetes/manifests/etcd.yaml": manifestOf(flag) } });
    const network = { probe: async () => ({ status: 200, body }) };
    expect(await appliedIndexOfLocalEtcd({ files, network }, signal)).toEqual(index);
  });
});
