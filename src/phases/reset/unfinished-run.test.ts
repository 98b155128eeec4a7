import { describe, expect, it } from "vitest";
import { kubeletClientPair } from "../../../test/fixtures/kubeadm/bootstrap/client-certificate.ts";
import { adminKubeconfig, machine, others, run } from "../../../test/fixtures/phases/reset/reset.ts";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import type { Transport } from "../../cluster/transport.ts";
import {
  digestOf,
  encodeJournal,
  encodeRecord,
  type FileRecord,
  type Journal,
  type ServiceRecord,
} from "../../journal/journal.ts";
import { copiesDirectory, journalPath } from "../../journal/places.ts";

const file = (content: string) => ({ kind: "file" as const, digest: digestOf(content), mode: 0o600 });
const manifest = "/etc/kubernetes/manifests/kube-scheduler.yaml";
const kubeconfig = "/etc/kubernetes/scheduler.conf";
const backup = "/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-01-02-03-04-05/kube-scheduler.yaml";

const overwritten = (path: string, copy: string): FileRecord => ({
  ...{ path, phase: "control-plane", before: { ...file(`${copy}: old\n`), copy }, after: file(`${copy}: new\n`) },
});

function journalOf(command: string): Journal {
  return {
    version: 1,
    run: { command, role: "control-plane", nodeName: "cp1", target: "", configuration: {} },
    ...{ program: "kubeadm", startedAt: "2026-01-02T03:04:05.000Z", updatedAt: "2026-01-02T03:04:05.000Z" },
    phases: [{ name: "control-plane", state: "running" }],
    ...{ files: [], services: [], objects: [] },
  };
}

/** A machine on which a run has overwritten two files and made a third. */
function machineAfter(command: string) {
  const journal: Journal = {
    ...journalOf(command),
    files: [
      overwritten(manifest, "1"),
      overwritten(kubeconfig, "2"),
      { path: backup, phase: "control-plane", before: { kind: "absent" }, after: file("1: old\n") },
    ],
  };
  return machine({
    files: {
      ...{ [manifest]: "1: new\n", [kubeconfig]: "2: new\n", [backup]: "1: old\n" },
      ...{ [`${copiesDirectory}/1`]: "1: old\n", [`${copiesDirectory}/2`]: "2: old\n" },
      [journalPath]: encodeJournal(journal),
    },
  });
}

const restored = { [manifest]: "1: old\n", [kubeconfig]: "2: old\n" };
const kept = { [backup]: "1: old\n" };

describe("the reset of a machine with an unfinished run", () => {
  it.each([
    ["upgrade apply", true, { ...others, ...kept }],
    ["upgrade apply", false, { ...others, ...kept }],
    ["upgrade node", true, { ...others, ...kept }],
    ["init", true, { ...others, ...restored }],
    ["init", false, others],
  ])("restores what only init and join have overwritten: %s, --restore=%s", async (command, restore, left) => {
    const host = machineAfter(command);
    const { settled, types } = await run(host, { flags: { force: true, restore } });
    expect(settled).toMatchObject({ status: "fulfilled", value: { wasClean: false } });
    expect(host.files.snapshot()).toEqual(left);
    expect(types.includes("reset.file.restored")).toBe(manifest in left);
  });

  it.each([
    ["JOURNAL_DAMAGED", "of a journal that is cut off", "{"],
    ["JOURNAL_NEWER", "of a journal of a newer program", encodeRecord({ version: 9 })],
  ])("warns with %s %s, and removes it", async (code, _, content) => {
    const host = machine({ files: { [journalPath]: content } });
    const { settled, told } = await run(host);
    expect(settled).toMatchObject({ status: "fulfilled" });
    expect(told).toContainEqual(
      expect.objectContaining({ type: "warning", message: expect.stringContaining("It is removed"), code }),
    );
    expect(host.files.snapshot()).toEqual(others);
  });

  it.each([
    ["upgrade apply", []],
    ["init", [`restore ${manifest}`, `restore ${kubeconfig}`]],
  ])("says in a dry run what it would restore: %s", async (command, expected) => {
    const host = machineAfter(command);
    const before = host.files.snapshot();
    const { told } = await run(host, { flags: { force: true, restore: true, dryRun: true } });
    const actions = told.flatMap((event) => (event.type === "dryrun.would" ? [event.action] : []));
    expect(actions.filter((action) => action.startsWith("restore"))).toEqual(expected);
    expect(host.files.snapshot()).toEqual(before);
  });
});

const started: ServiceRecord = { service: "kubelet", action: "started" };
const stopped: ServiceRecord = { service: "kubelet", action: "stopped" };

/** A machine on which a join of a control plane has been interrupted; its kubelet has a certificate for the Node. */
async function machineAfterJoin(services: readonly ServiceRecord[], kubeconfig: string | undefined) {
  return machine({
    files: {
      "/etc/machine-id": "this-machine\n",
      "/var/lib/kubelet/pki/kubelet-client-1.pem": await kubeletClientPair({
        nodeName: "cp1",
        ca: await testAuthority(),
      }),
      [journalPath]: encodeJournal({
        ...journalOf("join"),
        services,
        objects: [{ kind: "CertificateSigningRequest", name: "csr-1" }],
      }),
      ...(kubeconfig === undefined ? {} : { "/etc/kubernetes/admin.conf": kubeconfig }),
    },
  });
}

/** A cluster that has this Node, and what it was asked to delete. */
function clusterWith(machineID: string | undefined) {
  const requests: string[] = [];
  const node =
    machineID !== undefined &&
    JSON.stringify({
      ...{ kind: "Node", apiVersion: "v1", metadata: { name: "cp1" } },
      status: { nodeInfo: { machineID } },
    });
  const send: Transport = async ({ method, url }) => {
    const { pathname } = new URL(url);
    requests.push(`${method} ${pathname}`);
    const found = pathname === "/api/v1/nodes/cp1" && node;
    const missing = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", message: "not found" };
    const text = async () => (found === false ? JSON.stringify(missing) : found);
    return { status: found === false ? 404 : 200, headers: {}, text, lines: async function* () {} };
  };
  return { send, requests, deleted: () => requests.filter((request) => request.startsWith("DELETE ")) };
}

const deleteRequest = "DELETE /apis/certificates.k8s.io/v1/certificatesigningrequests/csr-1";
const deleteNode = "DELETE /api/v1/nodes/cp1";
const leftNode = { what: "the Node cp1 in the cluster", command: "kubectl delete node cp1   # on a control plane" };
const wouldRemove = "remove the Node cp1 of the unfinished join from the cluster";

describe("the reset of an unfinished join", () => {
  it.each([
    ["removes the Node that this machine has registered", "this-machine", [started], [deleteRequest, deleteNode], []],
    ["leaves the Node of another machine, and says so", "another", [started], [deleteRequest], [leftNode]],
    ["leaves a Node without a machine ID, and says so", "", [started], [deleteRequest], [leftNode]],
    ["asks for no Node if no kubelet was started", "this-machine", [stopped], [deleteRequest], [leftNode]],
    ["names no Node that is gone", undefined, [started], [deleteRequest], []],
  ])("%s", async (_, machineID, services, deleted, left) => {
    const cluster = clusterWith(machineID);
    const host = await machineAfterJoin(services, adminKubeconfig);
    const { settled } = await run(host, { send: cluster.send });
    expect(settled).toMatchObject({ status: "fulfilled", value: { leftovers: left } });
    expect(cluster.deleted()).toEqual(deleted);
  });

  it("asks no cluster without the administrator's kubeconfig", async () => {
    const cluster = clusterWith("this-machine");
    const { settled, warnings } = await run(await machineAfterJoin([started], undefined), { send: cluster.send });
    expect(settled).toMatchObject({ status: "fulfilled", value: { leftovers: [leftNode] } });
    expect(cluster.requests).toEqual([]);
    expect(warnings.filter((warning) => warning.includes("unfinished join"))).toEqual([]);
  });

  it("continues with a warning if the cluster does not respond", async () => {
    const { settled, warnings } = await run(await machineAfterJoin([started], adminKubeconfig));
    expect(settled).toMatchObject({ status: "fulfilled", value: { leftovers: [leftNode] } });
    expect(warnings).toContainEqual(
      expect.stringMatching(/^Failed to remove the objects of the unfinished join .*connection refused$/),
    );
  });

  it.each([
    ["the Node", [started], adminKubeconfig, [wouldRemove]],
    ["nothing of a join that had started no kubelet", [stopped], adminKubeconfig, []],
    ["nothing without the administrator's kubeconfig", [started], undefined, []],
  ])("says in a dry run that it would remove: %s", async (_, services, kubeconfig, expected) => {
    const cluster = clusterWith("this-machine");
    const host = await machineAfterJoin(services, kubeconfig);
    const { told } = await run(host, { flags: { force: true, dryRun: true }, send: cluster.send });
    const actions = told.flatMap((event) => (event.type === "dryrun.would" ? [event.action] : []));
    expect(actions.filter((action) => action.includes("unfinished join"))).toEqual(expected);
    expect(cluster.deleted()).toEqual([]);
  });
});
