// Upstream's own programs against the embedded control plane: kubectl, kubeadm join and the kubelet that it starts.
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gatewayAddress, planAddresses } from "../../lab/addresses.ts";
import { Lab } from "../../lab/lab.ts";
import type { LabHost } from "../../lab/lab-host.ts";
import { runCommand } from "../../lab/run-command.ts";
import { waitUntil } from "../../lab/wait-until.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

interface Served {
  readonly endpoint: string;
  readonly caPin: string;
  readonly token: string;
  readonly adminKubeconfig: string;
}

let lab: Lab;
let server: ChildProcess;
let lines: AsyncIterator<string>;
let served: Served;
let worker: LabHost;
const directory = temporaryDirectory().path;
const kubeconfig = join(directory, "admin.conf");

beforeAll(async () => {
  lab = await Lab.open({ name: "embedded-test", say: console.error });
  const script = join(import.meta.dirname, "serve-control-plane.ts");
  const address = gatewayAddress(planAddresses(lab.state.subnet));
  server = spawn("nsenter", [`--net=${lab.networkNamespace}`, process.execPath, script, address], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (server.stdout === null) throw new Error("the control plane has no standard output");
  lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  served = await nextLine<Served>();
  writeFileSync(kubeconfig, served.adminKubeconfig, { mode: 0o600 });
  worker = await lab.addHost("w1");
});

afterAll(async () => {
  server?.stdin?.end();
  await lab?.down();
});

async function nextLine<T>(): Promise<T> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error("the control plane has ended");
  return JSON.parse(value) as T;
}

async function requests(): Promise<readonly string[]> {
  server.stdin?.write("requests\n");
  return nextLine<readonly string[]>();
}

async function kubectl(...argv: readonly string[]): Promise<string> {
  const command = lab.kubectlCommand(argv);
  const { exitCode, stdout, stderr } = await runCommand(command, { env: { ...process.env, KUBECONFIG: kubeconfig } });
  expect([argv, exitCode, stderr]).toEqual([argv, 0, expect.any(String)]);
  return stdout.trim();
}

test("upstream's kubeadm joins, and its kubelet registers a Node that becomes Ready", async () => {
  const { endpoint, token, caPin } = served;
  const joined = await worker.run(
    [
      "kubeadm-upstream",
      "join",
      endpoint,
      "--token",
      token,
      "--discovery-token-ca-cert-hash",
      caPin,
      "--ignore-preflight-errors",
      "SystemVerification",
    ],
    { timeoutMs: 120_000 },
  );
  expect([joined.exitCode, joined.stderr]).toEqual([0, expect.any(String)]);
  const ready = 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}';
  await waitUntil("the node w1 to be Ready", async () => (await kubectl("get", "nodes", "-o", ready)) === "True", {
    timeoutMs: 60_000,
    intervalMs: 250,
  });
  expect(await kubectl("get", "node", "w1", "-o", "jsonpath={.spec.podCIDR}")).toBe("10.244.0.0/24");
  expect(await kubectl("get", "csr", "-o", "jsonpath={.items[0].status.conditions[0].reason}")).toBe("AutoApproved");
  const holder = async () =>
    kubectl("get", "leases", "-n", "kube-node-lease", "-o", "jsonpath={.items[*].spec.holderIdentity}");
  await waitUntil("the lease of w1", async () => (await holder()) === "w1", { timeoutMs: 30_000, intervalMs: 250 });
});

test("the kubelet's requests were allowed, but for looks at what was not there yet", async () => {
  // 409: an Event whose creation the kubelet repeats, because it did not wait for the first response.
  const refused = (await requests()).filter((row) => / system:node:w1$/.test(row) && !/ (200|201|404|409) /.test(row));
  expect(refused).toEqual([]);
});

test("kubectl gets, describes, labels, applies, approves and deletes", async () => {
  expect(await kubectl("get", "nodes", "--no-headers")).toMatch(/^w1 +Ready +<none> +\S+ +v1\.\d+\.\d+$/);
  expect(await kubectl("describe", "node", "w1")).toContain("kubelet is posting ready status");
  expect(await kubectl("label", "node", "w1", "role=test")).toBe("node/w1 labeled");
  expect(await kubectl("get", "node", "-l", "role=test", "-o", "name")).toBe("node/w1");
  const manifest = join(directory, "map.json");
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "demo", namespace: "default" } };
  writeFileSync(manifest, JSON.stringify({ ...object, data: { a: "1", b: "2" } }));
  expect(await kubectl("apply", "-f", manifest)).toBe("configmap/demo created");
  writeFileSync(manifest, JSON.stringify({ ...object, data: { a: "1" } }));
  expect(await kubectl("apply", "-f", manifest)).toBe("configmap/demo configured");
  expect(await kubectl("get", "configmap", "demo", "-o", "jsonpath={.data}")).toBe('{"a":"1"}');
  expect(await kubectl("apply", "--server-side", "-f", manifest)).toBe("configmap/demo serverside-applied");
  expect(await kubectl("delete", "-f", manifest)).toContain('configmap "demo" deleted');
  expect(await kubectl("delete", "csr", "--all")).toContain("deleted");
});
