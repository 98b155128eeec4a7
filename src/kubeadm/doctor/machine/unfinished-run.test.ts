import { describe, expect, it } from "vitest";
import { examined, healthyWorker } from "../../../../test/fixtures/kubeadm/doctor/worker.ts";
import { encodeJournal } from "../../../journal/journal.ts";

async function findingOf(command: string, files: Readonly<Record<string, string>> = {}) {
  const worker = await healthyWorker();
  Object.assign(worker.files, files);
  worker.files["/var/lib/kubeadm/journal.json"] = encodeJournal({
    version: 1,
    run: { command, role: "worker", nodeName: "w1", target: "", configuration: {} },
    program: "kubeadm v1.37.2",
    startedAt: "2026-11-26T10:00:00.000Z",
    updatedAt: "2026-11-26T10:00:01.000Z",
    phases: [{ name: "kubelet-config", state: "running" }],
    files: [],
    services: [],
    objects: [],
  });
  const { checks } = await examined(worker);
  return checks.find(({ name }) => name === "unfinished-run")?.findings[0];
}

describe("doctor's way out of an unfinished run", () => {
  it("is the same command after a join; to give it up is a decision", async () => {
    const finding = await findingOf("join");
    expect(finding?.commands).toEqual(["kubeadm join …"]);
    expect(finding?.decision).toMatch(/^Only if this run is abandoned.*: run `kubeadm reset` on it\. This loses /);
  });

  it.each(["/etc/kubernetes/manifests/etcd.yaml", "/var/lib/etcd/member/snap/db"])(
    "is the same command alone where etcd's only data may be: %s",
    async (path) => {
      const finding = await findingOf("init", { [path]: "" });
      expect(finding?.commands).toEqual(["kubeadm init …"]);
      expect(finding?.decision).toBeUndefined();
    },
  );

  it("is the same command alone after an upgrade: a reset would take a node that works out of its cluster", async () => {
    const finding = await findingOf("upgrade node");
    expect(finding?.commands).toEqual(["kubeadm upgrade node …"]);
    expect(finding?.remedy).not.toContain("undo");
  });

  it("shows a run without a target without one", async () => {
    const last = "last active at 2026-11-26T10:00:01.000Z";
    expect((await findingOf("upgrade node"))?.evidence).toEqual([`upgrade node as worker w1, ${last}`]);
  });
});
