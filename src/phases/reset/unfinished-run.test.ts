import { describe, expect, it } from "vitest";
import { digestOf, encodeJournal, type FileRecord, type Journal } from "../../journal/journal.ts";
import { copiesDirectory, journalPath } from "../../journal/places.ts";
import { machine, others, run } from "./reset.fixture.ts";

const file = (content: string) => ({ kind: "file" as const, digest: digestOf(content), mode: 0o600 });
const manifest = "/etc/kubernetes/manifests/kube-scheduler.yaml";
const kubeconfig = "/etc/kubernetes/scheduler.conf";
const backup = "/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-01-02-03-04-05/kube-scheduler.yaml";

const overwritten = (path: string, copy: string): FileRecord => ({
  ...{ path, phase: "control-plane", before: { ...file(`${copy}: old\n`), copy }, after: file(`${copy}: new\n`) },
});

/** A machine on which a run has overwritten two files and made a third. */
function machineAfter(command: string) {
  const journal: Journal = {
    version: 1,
    run: { command, role: "control-plane", nodeName: "cp1", target: "", configuration: {} },
    ...{ program: "kubeadm", startedAt: "2026-01-02T03:04:05.000Z", updatedAt: "2026-01-02T03:04:05.000Z" },
    phases: [{ name: "control-plane", state: "running" }],
    files: [
      overwritten(manifest, "1"),
      overwritten(kubeconfig, "2"),
      { path: backup, phase: "control-plane", before: { kind: "absent" }, after: file("1: old\n") },
    ],
    ...{ services: [], objects: [] },
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
  ])("puts back what only init and join have overwritten: %s, --restore=%s", async (command, restore, left) => {
    const host = machineAfter(command);
    const { settled, types } = await run(host, { flags: { force: true, restore } });
    expect(settled).toMatchObject({ status: "fulfilled", value: { wasClean: false } });
    expect(host.files.snapshot()).toEqual(left);
    expect(types.includes("reset.file.restored")).toBe(manifest in left);
  });

  it.each([
    ["upgrade apply", []],
    ["init", [`put back ${manifest}`, `put back ${kubeconfig}`]],
  ])("says in a dry run what it would put back: %s", async (command, expected) => {
    const host = machineAfter(command);
    const before = host.files.snapshot();
    const { told } = await run(host, { flags: { force: true, restore: true, dryRun: true } });
    const actions = told.flatMap((event) => (event.type === "dryrun.would" ? [event.action] : []));
    expect(actions.filter((action) => action.startsWith("put back"))).toEqual(expected);
    expect(host.files.snapshot()).toEqual(before);
  });
});
