// `kubeadm reset` on real hosts: with systemd, containerd, a kubelet that mounts volumes, and a CNI.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UPSTREAM } from "../../lab/cluster.ts";
import { createToken, deleteNode } from "../support/join/cluster-actions.ts";
import { join, joins } from "../support/join/joining.ts";
import { type LabMachine, type LabStage, labStage } from "../support/join/lab-stage.ts";

let stage: LabStage;
beforeAll(async () => {
  stage = await labStage("reset-tests");
  // Until it answers, every kube-proxy changes its rules for the cluster's DNS once more.
  const dns = ["rollout", "status", "deployment/coredns", "--namespace", "kube-system", "--timeout", "120s"];
  expect(await stage.lab.kubectl(dns)).toMatchObject({ exitCode: 0 });
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const directories = ["/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd"];

/** What upstream's reset leaves too, where a fresh host does not have it. */
const emptyDirectories = ["/etc/kubernetes", "/etc/kubernetes/manifests", "/etc/kubernetes/pki"];

async function joinArguments(): Promise<readonly string[]> {
  const { cluster } = stage;
  const token = await createToken(cluster);
  return [cluster.endpoint, "--token", token, "--discovery-token-ca-cert-hash", cluster.caPin];
}

async function pathsOf(machine: LabMachine): Promise<readonly string[]> {
  const lines = await machine.tree(...directories);
  return lines.map((line) => line.split(" ")[1] ?? "").filter((path) => !emptyDirectories.includes(path));
}

async function isClean(machine: LabMachine, fresh: readonly string[]): Promise<void> {
  expect(await pathsOf(machine)).toEqual(fresh);
  const pods = await machine.host.mustRun(["ctr", "--namespace", "k8s.io", "containers", "list", "--quiet"]);
  expect(pods).toBe("");
  const mounts = await machine.host.mustRun(["cat", "/proc/self/mounts"]);
  expect(mounts.split("\n").filter((line) => line.split(" ")[1]?.startsWith("/var/lib/kubelet/"))).toEqual([]);
  expect((await machine.host.run(["systemctl", "is-active", "kubelet"])).stdout).toBe("inactive\n");
  expect((await machine.host.run(["systemctl", "is-enabled", "kubelet"])).stdout).toBe("enabled\n");
}

async function packetFilter(machine: LabMachine): Promise<readonly string[]> {
  const saved = await machine.host.mustRun(["iptables-save"]);
  return saved.split("\n").filter((line) => line.startsWith("-A"));
}

/**
 * kube-proxy's Pod is what a kubelet mounts a volume for. Its rules come in one transaction, those of the cluster's DNS
 * among them; its health is good before that.
 */
async function runsProxy(machine: LabMachine): Promise<void> {
  const hasRules = async () =>
    (await packetFilter(machine)).some((rule) => rule.includes("kube-system/kube-dns:dns ->"));
  await expect.poll(hasRules, { timeout: 60_000, interval: 250 }).toBe(true);
  expect(await machine.host.mustRun(["cat", "/proc/self/mounts"])).toContain("/var/lib/kubelet/pods/");
}

describe("A worker", () => {
  test("joined by ours is reset by ours, twice, and joins again", async () => {
    await using machine = await stage.addMachine();
    const fresh = await pathsOf(machine);
    await joins(machine, await joinArguments());
    await runsProxy(machine);
    const rules = await packetFilter(machine);

    const dry = await machine.start(["reset", "--dry-run"]).ended;
    expect(dry, dry.stderr).toMatchObject({ status: 0 });
    expect(dry.stdout).toContain("[dryrun] Would unmount /var/lib/kubelet/pods/");
    expect(machine.exists("/etc/kubernetes/kubelet.conf")).toBe(true);
    expect((await machine.host.run(["systemctl", "is-active", "kubelet"])).stdout).toBe("active\n");

    const started = performance.now();
    const first = await machine.start(["reset", "--force"]).ended;
    console.error(`reset of a worker: ${Math.round(performance.now() - started)} ms\n${first.stdout}${first.stderr}`);
    expect(first, first.stderr).toMatchObject({ status: 0 });
    expect(first.stdout).toContain("[reset] Deleting contents of directories: ");
    expect(first.stdout).toContain(`kubectl delete node ${machine.hostname}`);
    await isClean(machine, fresh);
    expect(await packetFilter(machine)).toEqual(rules);

    const again = await machine.start(["reset", "--force"]).ended;
    expect(again, again.stderr).toMatchObject({ status: 0 });
    expect(again.stdout).toContain("[reset] Nothing to reset");
    await isClean(machine, fresh);

    await deleteNode(stage.cluster, machine.hostname);
    await joins(machine, await joinArguments());
  });

  test("is reset while its first containers are being started", async () => {
    await using machine = await stage.addMachine();
    const fresh = await pathsOf(machine);
    const joined = await join(machine, await joinArguments());
    expect(joined, joined.stderr).toMatchObject({ status: 0 });
    const containers = ["ctr", "--namespace", "k8s.io", "containers", "list", "--quiet"] as const;
    const sandboxed = async () => (await machine.host.mustRun(containers)) !== "";
    await expect.poll(sandboxed, { timeout: 60_000, interval: 20 }).toBe(true);
    const reset = await machine.start(["reset", "--force"]).ended;
    expect(reset, reset.stderr).toMatchObject({ status: 0 });
    expect(reset.stderr).not.toContain("Failed to remove containers");
    await isClean(machine, fresh);
    await deleteNode(stage.cluster, machine.hostname);
  });

  test("joined by upstream is reset by ours as by upstream", async () => {
    await using ours = await stage.addMachine();
    await using theirs = await stage.addMachine();
    const fresh = await pathsOf(ours);
    const args = [...(await joinArguments()), ...ours.checkArguments];
    for (const machine of [ours, theirs]) {
      await machine.host.mustRun([UPSTREAM, "join", ...args], { timeoutMs: 120_000 });
      await runsProxy(machine);
    }
    const reset = await ours.start(["reset", "--force"]).ended;
    expect(reset, reset.stderr).toMatchObject({ status: 0 });
    await theirs.host.mustRun([UPSTREAM, "reset", "--force"], { timeoutMs: 120_000 });
    await isClean(ours, fresh);
    const withoutDates = (lines: readonly string[]) => lines.map((line) => line.trimEnd());
    expect(withoutDates(await ours.tree(...directories))).toEqual(withoutDates(await theirs.tree(...directories)));
    for (const { hostname } of [ours, theirs]) await deleteNode(stage.cluster, hostname);
  });
});
