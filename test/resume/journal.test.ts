// What becomes of a join whose journal is not as its writer left it, or that meets another run.
import { lstatSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entriesBelow } from "../../src/embedded/entries-below.ts";
import type { ClusterMachine } from "../../src/embedded/index.ts";
import { decodeJournal, encodeJournal, type Journal } from "../../src/journal/journal.ts";
import { journalDirectory, journalPath } from "../../src/journal/places.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import {
  becomesReady,
  certificateKey,
  joinArguments,
  limitMs,
  type Started,
  startedCluster,
  succeeded,
  token,
  tree,
  writeInside,
} from "../support/control-plane/stage.ts";
import { announceRun } from "../support/interruption/announce-run.ts";
import { interrupted, uninterrupted } from "../support/interruption/interrupted-machine.ts";
import { stopsBefore } from "../support/interruption/stops-before.ts";

let started: Started;
beforeAll(async () => {
  started = await startedCluster();
}, limitMs);
afterAll(() => started?.[Symbol.asyncDispose]());

const worker = (machine: ClusterMachine) => joinArguments(started, machine, "worker");
const inKubeletStart = "write /var/lib/kubelet/kubeadm-flags.env";
let machines = 0;

/** A new machine on which a join stopped dead before a step. */
async function stoppedBefore(step: string, role: "worker" | "control-plane" = "worker"): Promise<ClusterMachine> {
  machines += 1;
  const machine = await started.cluster.machine(`j${machines}`);
  await stopsBefore(step, machine, joinArguments(started, machine, role));
  return machine;
}

const everything = ["/etc/kubernetes", "/var/lib/kubelet", journalDirectory];

/** What is on the machine, apart from the announcements of programs that have ended. */
function contents(machine: ClusterMachine): readonly string[] {
  return tree(machine, ...everything)
    .filter((line) => !line.includes("/run-"))
    .map((line) => {
      const path = machine.root.inside(line.replace(/^\d+ /, "").replace(/ -> .*/, ""));
      return lstatSync(path).isFile() ? `${line} ${readFileSync(path, "hex")}` : line;
    });
}

function change(machine: ClusterMachine, edit: (journal: Journal) => object): void {
  writeInside(machine, journalPath, encodeJournal(edit(decodeJournal(machine.read(journalPath))) as Journal));
}

describe("A join that was killed", { timeout: limitMs }, () => {
  test.each([
    ["cut off", (text: string) => text.slice(0, 300)],
    ["empty", () => ""],
    ["changed in one place", (text: string) => text.replace('"worker"', '"Worker"')],
  ])(
    "is not continued where its journal is %s: a warning says so, and preflight names what is in the way",
    async (_, edit) => {
      const machine = await stoppedBefore(inKubeletStart);
      writeInside(machine, journalPath, edit(machine.read(journalPath)));
      const outcome = await kubeadm(uninterrupted(machine), worker(machine));
      expect(outcome.stderr).toContain(`${journalPath} cannot be used`);
      expect(outcome.stderr).toContain("[ERROR FileAvailable--etc-kubernetes-pki-ca.crt]");
      succeeded(await kubeadm(uninterrupted(machine), ["reset", "--force"]), machine);
      succeeded(await kubeadm(uninterrupted(machine), worker(machine)), machine);
    },
  );

  test("is refused where a newer program has written its journal, and nothing changes", async () => {
    const machine = await stoppedBefore(inKubeletStart);
    change(machine, (journal) => ({ ...journal, version: 2 }));
    const before = contents(machine);
    const outcome = await kubeadm(uninterrupted(machine), worker(machine));
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain("code: JOURNAL_NEWER");
    expect(contents(machine)).toEqual(before);
  });

  test.each([
    [
      "the role",
      (machine: ClusterMachine) => joinArguments(started, machine, "control-plane"),
      'the role ("control-plane")',
    ],
    [
      "the node name",
      (machine: ClusterMachine) => [...worker(machine), "--node-name", "other"],
      'the node name ("other")',
    ],
    [
      "the command",
      (machine: ClusterMachine) => ["init", "--node-name", machine.hostname, "--kubernetes-version", "v1.37.2"],
      'the command ("init")',
    ],
    [
      "the configuration",
      (machine: ClusterMachine) => {
        const args = worker(machine);
        const file = "/etc/kubeadm/join.yaml";
        const configuration = JSON.parse(machine.read(file)) as object;
        const nodeRegistration = { kubeletExtraArgs: [{ name: "v", value: "4" }] };
        writeInside(machine, file, JSON.stringify({ ...configuration, nodeRegistration }));
        return args;
      },
      "the configuration (nodeRegistration.kubeletExtraArgs)",
    ],
  ])("is refused where %s differs, and nothing changes", async (_, other, difference) => {
    const machine = await stoppedBefore(inKubeletStart);
    const before = contents(machine);
    const outcome = await kubeadm(uninterrupted(machine), other(machine));
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain(difference);
    expect(outcome.stderr).toContain("code: RUN_UNFINISHED");
    expect(outcome.stderr).toContain("kubeadm reset");
    expect(contents(machine)).toEqual(before);
  });

  test("is refused where the cluster is another one, and nothing changes", async () => {
    const machine = await stoppedBefore(inKubeletStart);
    change(machine, (journal) => ({ ...journal, cluster: `sha256:${"0".repeat(64)}` }));
    const before = contents(machine);
    const outcome = await kubeadm(uninterrupted(machine), worker(machine));
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain("differs in the cluster");
    expect(outcome.stderr).toContain("code: RUN_UNFINISHED");
    expect(contents(machine)).toEqual(before);
  });

  test("is continued by another endpoint of the same cluster", async () => {
    const machine = await stoppedBefore(inKubeletStart);
    const endpoint = `${started.cp1.address}:6443`;
    const cluster = { ...started.cluster, endpoint };
    const outcome = await kubeadm(uninterrupted(machine), joinArguments({ ...started, cluster }, machine, "worker"));
    succeeded(outcome, machine);
    expect(outcome.stdout).toContain("[run] Continuing the join");
  });

  test("is continued with another token", async () => {
    const other = "ghijkl.0123456789abcdef";
    succeeded(await kubeadm(uninterrupted(started.cp1), ["token", "create", other]), started.cp1);
    const machine = await stoppedBefore(inKubeletStart);
    const args = worker(machine);
    const file = "/etc/kubeadm/join.yaml";
    writeInside(machine, file, machine.read(file).replaceAll(token, other));
    const outcome = await kubeadm(uninterrupted(machine), args);
    succeeded(outcome, machine);
    expect(outcome.stdout).toContain("[run] Continuing the join");
  });

  test("is reported to have stopped 0 seconds ago by a clock that has jumped backwards", async () => {
    const machine = await stoppedBefore(inKubeletStart);
    change(machine, (journal) => ({ ...journal, updatedAt: "2999-01-01T00:00:00.000Z" }));
    const outcome = await kubeadm(uninterrupted(machine), worker(machine));
    succeeded(outcome, machine);
    expect(outcome.stdout).toMatch(/that stopped (0 seconds ago|just now)/);
  });

  test("continues after its kubelet has registered the Node, which is Ready", async () => {
    const machine = await stoppedBefore("remove /etc/kubernetes/bootstrap-kubelet.conf");
    await becomesReady(started.cluster, machine.hostname);
    succeeded(await kubeadm(uninterrupted(machine), worker(machine)), machine);
  });

  test("starts the kubelet again after a reboot", async () => {
    const machine = await stoppedBefore("remove /etc/kubernetes/bootstrap-kubelet.conf");
    await machine.ports.host.services.stop("kubelet", AbortSignal.timeout(limitMs));
    const second = interrupted(machine);
    succeeded(await kubeadm(second, worker(machine)), machine);
    expect(second.steps.filter((step) => /^(re)?start kubelet/.test(step))).not.toEqual([]);
  });

  test("is another run's turn while that is active: RUN_ACTIVE, or a wait with --wait", async () => {
    machines += 1;
    const machine = await started.cluster.machine(`j${machines}`);
    const active = await announceRun(machine);
    const refused = await kubeadm(uninterrupted(machine), worker(machine));
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`pid ${active.pid}, since ${active.since}`);
    expect(refused.stderr).toContain("code: RUN_ACTIVE");
    const waiting = kubeadm(uninterrupted(machine), [...worker(machine), "--wait=30s"]);
    setTimeout(() => active.end(), 1_000);
    succeeded(await waiting, machine);
  });

  test("prints nothing raw of what is in its journal", async () => {
    const machine = await stoppedBefore(inKubeletStart);
    const hostile = "\u001b[2J\u0007\n[run] forged\u202e";
    change(machine, (journal) => ({
      ...journal,
      run: { ...journal.run, target: hostile, command: hostile },
      phases: [...journal.phases, { name: hostile, state: "running" }],
    }));
    const outcome = await kubeadm(uninterrupted(machine), worker(machine));
    expect(outcome.status).toBe(1);
    const printed = outcome.stdout + outcome.stderr;
    for (const raw of ["\u001b", "\u0007", "\u202e", "\n[run] forged"]) expect(printed).not.toContain(raw);
  });
});

describe("The journal of a control-plane join that was killed", { timeout: limitMs }, () => {
  test("contains no token and no key, and only root may read it", async () => {
    const machine = await stoppedBefore("promote etcd member", "control-plane");
    const { files } = decodeJournal(machine.read(journalPath));
    expect(files.some(({ path }) => path.endsWith("/ca.key"))).toBe(true);
    const [, secret = ""] = token.split(".");
    for (const entry of entriesBelow(machine.root.inside(journalDirectory))) {
      const status = lstatSync(entry);
      expect((status.mode & 0o777).toString(8), entry).toBe(status.isDirectory() ? "700" : "600");
      if (!status.isFile()) continue;
      const text = readFileSync(entry, "latin1");
      for (const word of [secret, certificateKey, "PRIVATE KEY", "client-key-data"]) expect(text).not.toContain(word);
    }
    expect((lstatSync(machine.root.inside(journalDirectory)).mode & 0o777).toString(8)).toBe("700");
    // What reset has to remove in addition to files: the member and the request, which the cluster would keep.
    const requests = decodeJournal(machine.read(journalPath)).objects.map(({ kind }) => kind);
    expect(requests).toContain("EtcdMember");
    succeeded(await kubeadm(uninterrupted(machine), ["reset", "--force"]), machine);
    expect(started.cluster.etcdMembers().map(({ name }) => name)).toEqual(["cp1"]);
    expect(tree(machine, "/var/lib").some((line) => line.endsWith(journalDirectory))).toBe(false);
  });
});
