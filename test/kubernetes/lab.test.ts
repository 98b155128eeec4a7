import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readHierarchies } from "../../lab/cgroups.ts";
import { Lab } from "../../lab/lab.ts";
import { loadState } from "../../lab/lab-state.ts";
import { cacheDirectory } from "../../lab/parts/part-store.ts";
import { waitUntil } from "../../lab/wait-until.ts";

const NAME = "lab-test";
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open({ name: NAME, say: console.error });
  await lab.initCluster();
});
afterAll(() => lab?.down());

test("a worker joins, gets Ready, and a pod's network reaches it from another host", async () => {
  const worker = await lab.addHost("w1");
  expect(await lab.join(worker)).toMatchObject({ exitCode: 0 });
  await lab.waitForNode("w1");
  // CoreDNS starts, and after that the worker's kube-proxy learns where.
  const name = "kubernetes.default.svc.cluster.local";
  const dig = ["dig", "+short", "+time=1", "+tries=1", "@10.96.0.10", name] as const;
  const answers = async () => (await worker.run(dig)).stdout === "10.96.0.1\n";
  await waitUntil("CoreDNS to answer on the worker", answers, { timeoutMs: 180_000, intervalMs: 250 });
});

test("the audit log has upstream's requests in their order", async () => {
  const worker = await lab.addHost("w2");
  await lab.join(worker);
  const rows = (await lab.auditLog()).filter(
    (row) => row.sourceAddresses.includes(worker.address) && row.userAgent.startsWith("kubeadm-upstream/"),
  );
  expect(rows.map(({ verb, uri, code }) => `${verb} ${uri.replace(/\?.*/, "")} ${code}`)).toEqual([
    "get /api/v1/namespaces/kube-public/configmaps/cluster-info 200",
    "get /api/v1/namespaces/kube-public/configmaps/cluster-info 200",
    "get /api/v1/namespaces/kube-system/configmaps/kubeadm-config 200",
    "get /api/v1/namespaces/kube-system/configmaps/kube-proxy 200",
    "get /api/v1/namespaces/kube-system/configmaps/kubelet-config 200",
    "get /api/v1/nodes/w2 404",
  ]);
});

test("a host's tree can be read, and a removed host leaves nothing", async () => {
  const host = await lab.addHost("h1");
  await host.writeFile("/etc/kubernetes/secret", "x", 0o600);
  const [folder, file] = await host.readTree(["/etc/kubernetes"]);
  expect(folder).toMatchObject({ path: "/etc/kubernetes", type: "directory" });
  expect(file).toMatchObject({ path: "/etc/kubernetes/secret", type: "file", mode: 0o600, content: Buffer.from("x") });
  await lab.removeHost("h1");
  expect(leftovers(NAME, "h1")).toEqual([]);
});

test("a command that outlives its time is ended in the host too", async () => {
  const host = await lab.addHost("h2");
  await expect(host.run(["sleep", "4242"], { timeoutMs: 200 })).rejects.toThrow("not finished after 200 ms");
  expect((await host.run(["pgrep", "-f", "sleep 4242"])).exitCode).toBe(1);
  await lab.removeHost("h2");
});

test("the controller manager can be stopped and started", async () => {
  await lab.stopComponent("kube-controller-manager");
  await lab.startComponent("kube-controller-manager");
});

test("a killed run leaves nothing behind", async () => {
  const source = `const { Lab } = await import(process.argv[1]);
    const lab = await Lab.open({ name: "lab-killed" });
    await lab.addHost("h1");
    process.kill(process.pid, "SIGKILL");`;
  const script = join(import.meta.dirname, "../../lab/lab.ts");
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source, script], { stdio: "inherit" });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
  await waitUntil("the guard to clear away", () => loadState(cacheDirectory(), "lab-killed") === undefined, {
    timeoutMs: 60_000,
  });
  expect(leftovers("lab-killed", "h1")).toEqual([]);
});

function leftovers(name: string, host: string): string[] {
  const places = readHierarchies().flatMap(({ mountPoint, own }) => [mountPoint, own]);
  return [
    ...places.map((place) => join(place, "kubeadm-lab", name, host)),
    `/run/netns/kubeadm-lab.${name}.${host}`,
    `/run/systemd/nspawn/propagate/kubeadm-lab-${name}-${host}`,
    `/run/systemd/nspawn/unix-export/kubeadm-lab-${name}-${host}`,
    join(cacheDirectory(), "labs", name, "hosts", host),
  ].filter(existsSync);
}
