import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  kubeletConfiguration,
  manifests,
  writeFile,
  writeIdentities,
} from "../../../test/fixtures/embedded/cluster/control-plane-files.ts";
import { poll } from "../../async/poll.ts";
import { localClock } from "../../host/local/clock.ts";
import { resources } from "../control-plane/index.ts";
import { readCredentials } from "../kubelet/kubeconfig.ts";
import { criSocketPath } from "../scratch-root.ts";
import { type ClusterMachine, type EmbeddedCluster, embeddedCluster } from "./embedded-cluster.ts";

let cluster: EmbeddedCluster;
beforeEach(async () => {
  cluster = await embeddedCluster();
});
afterEach(() => cluster[Symbol.asyncDispose]());

async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  return poll({
    until: async () => {
      const found = await look();
      return found === undefined ? { done: false, reason: "not yet" } : { done: true, value: found };
    },
    everyMs: () => 10,
    deadlineMs: 50_000,
    clock: localClock,
    signal: AbortSignal.timeout(55_000),
    onTimeout: () =>
      new Error(`never came: ${what}; kubelets said:\n${cluster.machines.map((m) => m.kubelet?.output()).join("\n")}`),
  });
}

/** The changes that kubeadm makes on a machine, in its order. */
async function setUp(machine: ClusterMachine, changed: Readonly<Record<string, string>> = {}): Promise<void> {
  await writeIdentities(machine);
  const files = { ...manifests(machine), ...changed };
  for (const [name, text] of Object.entries(files)) writeFile(machine, `/etc/kubernetes/manifests/${name}.yaml`, text);
  writeFile(machine, "/var/lib/kubelet/config.yaml", kubeletConfiguration);
  await machine.ports.host.services.restart("kubelet", AbortSignal.timeout(50_000));
}

async function health(machine: ClusterMachine, url: string): Promise<number> {
  return (await machine.ports.host.network.probe(url, { signal: AbortSignal.timeout(20_000), timeoutMs: 20_000 }))
    .status;
}

test("a machine's container runtime behaves as its script says at the moment", async () => {
  const runtime = { runtimeReady: false };
  const machine = await cluster.machine("w1", { runtime, kubelet: false });
  await using connected = new AsyncDisposableStack();
  const client = machine.ports.connectContainerRuntime(`unix://${criSocketPath}`);
  connected.defer(() => client.close());
  const isReady = async () => {
    const { conditions } = await client.status({ signal: AbortSignal.timeout(50_000), timeoutMs: 20_000 });
    return conditions.find(({ type }) => type === "RuntimeReady")?.status;
  };
  expect(await isReady()).toBe(false);
  runtime.runtimeReady = true;
  expect(await isReady()).toBe(true);
});

describe("a machine on which a control plane's files are written", () => {
  test("runs the control plane, and shows it in the API", async () => {
    const cp1 = await cluster.machine("cp1");
    await setUp(cp1);
    await eventually("the API server", () => cp1.apiServer);
    const node = await eventually("the Node", () => cluster.storage()?.get(resources.nodes, { name: "cp1" }));
    expect(node["status"]).toMatchObject({ addresses: [{ type: "InternalIP", address: cp1.address }, {}] });
    const pods = await eventually("four mirror pods", () => {
      const found = cluster.storage()?.list(resources.pods, "kube-system") ?? [];
      return found.length === 4 ? found : undefined;
    });
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(
      ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((name) => `${name}-cp1`),
    );
    await eventually("healthy components", async () => {
      const urls = [
        "http://127.0.0.1:10248/healthz",
        "https://127.0.0.1:10257/healthz",
        "https://127.0.0.1:10259/livez",
      ];
      const found = await Promise.all(urls.map((url) => health(cp1, url).catch(() => 0)));
      return found.every((status) => status === 200) || undefined;
    });
    expect(await health(cp1, `https://${cp1.address}:6443/livez`)).toBe(200);
    expect(await health(cp1, `https://${cluster.endpoint}/livez`)).toBe(200);
  });

  test("keeps its pods while the kubelet is stopped, and the next kubelet takes them over", async () => {
    const cp1 = await cluster.machine("cp1");
    await setUp(cp1);
    await eventually("the Node", () => cluster.storage()?.get(resources.nodes, { name: "cp1" }));
    const { services } = cp1.ports.host;
    const started = () => cp1.runtime.calls.filter((call) => call === "StartContainer").length;
    const signal = AbortSignal.timeout(50_000);
    await eventually("four containers", () => (started() === 4 ? true : undefined));
    await services.stop("kubelet", signal);
    expect(await services.status("kubelet", signal)).toMatchObject({ state: "inactive" });
    expect(await health(cp1, `https://${cp1.address}:6443/livez`)).toBe(200);
    await expect(health(cp1, "http://127.0.0.1:10248/healthz")).rejects.toThrow("connection refused");
    await services.restart("kubelet", signal);
    await eventually("a healthy kubelet", () => health(cp1, "http://127.0.0.1:10248/healthz").catch(() => undefined));
    expect(started()).toBe(4);
  });

  test("replaces a pod whose manifest has changed, and stops one whose manifest is gone", async () => {
    const cp1 = await cluster.machine("cp1");
    await setUp(cp1);
    const name = "kube-scheduler";
    const mirror = () => cluster.storage()?.get(resources.pods, { namespace: "kube-system", name: `${name}-cp1` });
    const before = await eventually("the scheduler's mirror", mirror);
    const changed = manifests(cp1)[name]?.replace("127.0.0.1", "0.0.0.0") ?? "";
    writeFile(cp1, `/etc/kubernetes/manifests/${name}.yaml`, changed);
    await eventually("another mirror", () => {
      const uid = mirror()?.metadata.uid;
      return uid === undefined || uid === before.metadata.uid ? undefined : uid;
    });
    rmSync(cp1.root.inside(`/etc/kubernetes/manifests/${name}.yaml`));
    await eventually("no mirror", () => (mirror() === undefined ? true : undefined));
    await expect(health(cp1, "https://127.0.0.1:10259/livez")).rejects.toThrow("connection refused");
  });

  test("continues with what was stored when a component is taken away and comes back", async () => {
    const cp1 = await cluster.machine("cp1");
    await setUp(cp1);
    await eventually("the Node", () => cluster.storage()?.get(resources.nodes, { name: "cp1" }));
    const uid = cluster.storage()?.get(resources.nodes, { name: "cp1" })?.metadata.uid;
    const etcd = "/etc/kubernetes/manifests/etcd.yaml";
    rmSync(cp1.root.inside(etcd));
    await eventually("an API server without etcd", async () => {
      const { status } = await send(cp1, "/api/v1/nodes");
      return status === 500 || undefined;
    });
    expect(await health(cp1, `https://${cp1.address}:6443/livez`)).toBe(500);
    writeFile(cp1, etcd, manifests(cp1)["etcd"] ?? "");
    await eventually("an API server with etcd", async () => {
      const { status, text } = await send(cp1, "/api/v1/nodes");
      return (status === 200 && text.includes(String(uid))) || undefined;
    });
  });

  test.each([
    [
      "a certificate is missing",
      "/etc/kubernetes/pki/apiserver.crt",
      "open /etc/kubernetes/pki/apiserver.crt: no such file or directory",
    ],
    [
      "a key is missing",
      "/etc/kubernetes/pki/apiserver.key",
      "open /etc/kubernetes/pki/apiserver.key: no such file or directory",
    ],
  ])("keeps an API server failing and says why in its log where %s", async (_name, path, reason) => {
    const cp1 = await cluster.machine("cp1");
    await writeIdentities(cp1);
    rmSync(cp1.root.inside(path));
    for (const [name, text] of Object.entries(manifests(cp1)))
      writeFile(cp1, `/etc/kubernetes/manifests/${name}.yaml`, text);
    writeFile(cp1, "/var/lib/kubelet/config.yaml", kubeletConfiguration);
    await eventually(
      "a second attempt",
      () => (logged(cp1, "kube-apiserver").match(/command failed/g)?.length ?? 0) > 1 || undefined,
    );
    expect(logged(cp1, "kube-apiserver")).toContain(reason);
    const client = cp1.ports.connectContainerRuntime("unix:///var/run/containerd/containerd.sock");
    const options = { signal: AbortSignal.timeout(50_000), timeoutMs: 20_000 };
    const sandbox = (await client.podSandboxes(options)).find(({ name }) => name === "kube-apiserver-cp1");
    const containers = await client.containers(sandbox?.id ?? "", options);
    expect(await client.containerEnd(containers[0]?.id ?? "", options)).toMatchObject({ exitCode: 1, reason: "Error" });
    client.close();
  });
});

function logged(machine: ClusterMachine, component: string): string {
  try {
    return machine.log(component);
  } catch {
    return "";
  }
}

async function send(machine: ClusterMachine, path: string) {
  const { server, certificateAuthority, clientCertificate, clientKey } = readCredentials(
    "/etc/kubernetes/super-admin.conf",
    machine.root.inside,
  );
  if (clientCertificate === undefined || clientKey === undefined) throw new Error("no client certificate");
  const connection = machine.ports.connectTransport({ certificateAuthority, clientCertificate, clientKey });
  try {
    const request = { method: "GET", url: `${server}${path}`, timeoutMs: 20_000 } as const;
    const response = await connection.send(request, AbortSignal.timeout(50_000));
    return { status: response.status, text: await response.text() };
  } finally {
    connection.close();
  }
}
