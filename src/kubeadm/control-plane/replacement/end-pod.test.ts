import { describe, expect, it } from "vitest";
import { bareMachine, nodeWith } from "../../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { staticPodMachine } from "../../../../test/fixtures/kubeadm/control-plane/replacement/static-pod-kubelet.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { componentPod } from "../write-component-manifests.ts";
import { manifestPath } from "../write-manifest.ts";
import { awaitNoSandbox } from "./end-pod.ts";
import { StaticPodReplacement } from "./replace-static-pod.ts";
import type { ReplacementSteps, StaticPodChange } from "./replacement.ts";
import type { StaticPodPorts } from "./running-pods.ts";

const component = "kube-apiserver";
const manifestOf = (version: string) =>
  writeYaml(componentPod(component, nodeWith({ kubernetesVersion: version }), bareMachine));
const put = { component, manifest: manifestOf("v1.37.2"), timeoutMs: 60_000 } as const;

/** Replaces the Pod of a component, until the manifest is in place. */
async function putManifest(
  {
    component,
    manifest,
    timeoutMs,
    ...more
  }: Pick<StaticPodChange, "component" | "manifest"> & Partial<ReplacementSteps>,
  ports: StaticPodPorts,
): Promise<void> {
  const { files } = ports;
  const placed = new AbortController();
  const write: typeof files.write = async (path, content, words) => {
    const outcome = await files.write(path, content, words);
    if (content === manifest) placed.abort(new Error("it stands there"));
    return outcome;
  };
  const since = ports.clock.now();
  const change = { component, manifest, backupPath: "/backup.yaml", found: "previous", since } as const;
  const steps = { timeoutMs: timeoutMs ?? 0, becomesHealthy: async () => undefined, ...more };
  const replacement = new StaticPodReplacement(change);
  await replacement.begin(steps, ports);
  const untilPlaced = { ...ports, files: { ...files, write }, signal: placed.signal };
  await expect(replacement.finish(steps, untilPlaced)).rejects.toThrow("it stands there");
  expect(replacement.state).toMatchObject({ name: "failed", known: { during: "starting" } });
}

/** A machine with an API server of v1.36.3, and the manifests that it gets. */
function machineWith(options: Parameters<typeof staticPodMachine>[2] = {}) {
  const machine = staticPodMachine({ [component]: manifestOf("v1.36.3") }, undefined, options);
  const { files } = machine.host;
  const written: string[] = [];
  const { write } = files;
  files.write = async (path, content, words) => {
    if (path === manifestPath(component)) written.push(String(content));
    return write(path, content, words);
  };
  return { ...machine, written };
}

describe("a manifest that replaces another", () => {
  it("waits for the end of the previous Pod under an annotation, and then stands there without it", async () => {
    const { ports, written } = machineWith();
    await putManifest(put, ports);
    expect(written.map((text) => text.includes("kubeadm.kubernetes.io/waits-for-previous-pod"))).toEqual([true, false]);
    expect(written.at(-1)).toBe(put.manifest);
  });

  it.each([
    [
      "no Pod runs",
      async ({ runtime }: ReturnType<typeof machineWith>) => {
        runtime.sandboxes = [];
      },
    ],
    [
      "the file is the same already",
      async ({ host }: ReturnType<typeof machineWith>) =>
        host.files.put(manifestPath(component), { content: put.manifest, mode: 0o600 }),
    ],
  ])("stands there immediately if %s", async (_name, prepare) => {
    const machine = machineWith();
    await prepare(machine);
    await putManifest(put, machine.ports);
    expect(machine.written).toEqual([put.manifest]);
  });

  it("stands there even if the kubelet has started the Pod that only waits", async () => {
    const { ports, written, running } = machineWith({ stopsAfterMs: 12_500 });
    await putManifest(put, ports);
    expect(running(component)).toBe(written[0]);
    expect(written.at(-1)).toBe(put.manifest);
  });

  it("does not wait until the kubelet kills a server that no one can reach any more", async () => {
    const { ports, host, runtime } = machineWith({ stopsAfterMs: 30_000 });
    const stopped: unknown[] = [];
    const connectRuntime = () => {
      const client = ports.connectRuntime();
      return {
        ...client,
        stopContainer: (id: string, options: Parameters<typeof client.stopContainer>[1]) => {
          stopped.push([host.clock.monotonic() >= 1_000, options.graceMs]);
          return client.stopContainer(id, options);
        },
      };
    };
    const hasStoppedServing = async () => host.clock.monotonic() >= 1_000;
    await putManifest({ ...put, hasStoppedServing }, { ...ports, connectRuntime });
    expect(stopped).toEqual([[true, 5_000]]);
    expect(runtime.calls.filter((call) => call.startsWith("stopContainer"))).toHaveLength(1);
    expect(host.clock.monotonic()).toBeLessThan(10_000);
  });

  it("leaves a server alone that still serves", async () => {
    const { ports, runtime } = machineWith({ stopsAfterMs: 5_000 });
    await putManifest({ ...put, hasStoppedServing: async () => false }, ports);
    expect(runtime.calls.filter((call) => call.startsWith("stopContainer"))).toEqual([]);
  });
});

it("A Pod that the kubelet does not stop is named, with what shows why", async () => {
  await expect(awaitNoSandbox({ component, timeoutMs: 20_000 }, machineWith().ports)).rejects.toMatchObject({
    message: "the kubelet has not stopped the Pod of kube-apiserver within 20s",
    remedy: expect.stringContaining("`crictl pods --name kube-apiserver`"),
  });
});

describe("the manifest of etcd", () => {
  const etcdOf = (version: string) =>
    writeYaml({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "etcd", namespace: "kube-system" },
      spec: { containers: [{ name: "etcd", image: `registry.example/etcd:${version}` }] },
    });

  it.each([
    ["kills the API server, which cannot answer without etcd", "https://127.0.0.1:2379", 1],
    ["kills the API server that uses it at the address of this machine", "https://192.0.2.10:2379", 1],
    ["leaves an API server alone that has other etcds", "https://127.0.0.1:2379,https://192.0.2.11:2379", 0],
    ["leaves an API server alone that uses the etcd of another machine", "https://192.0.2.11:2379", 0],
    ["leaves an API server alone that uses etcd through a load balancer", "https://etcd.example:2379", 0],
  ])("%s", async (_name, servers, kills) => {
    const apiServer = manifestOf("v1.36.3").replace(
      "--etcd-servers=https://127.0.0.1:2379",
      `--etcd-servers=${servers}`,
    );
    const { ports, runtime } = staticPodMachine({ [component]: apiServer, etcd: etcdOf("1") });
    await putManifest({ ...put, component: "etcd", manifest: etcdOf("2") }, ports);
    expect(runtime.calls.filter((call) => call.startsWith("stopContainer"))).toHaveLength(kills);
  });
});
