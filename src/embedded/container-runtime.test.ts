import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ContainerRuntime } from "../cri/container-runtime.ts";
import { connectContainerRuntime } from "../cri/grpc-container-runtime.ts";
import { localHost } from "../host/local/local-host.ts";
import { rootDirectoryOf } from "../host/rooted.ts";
import {
  type ContainerRuntimeScript,
  type RunningContainerRuntime,
  startContainerRuntime,
} from "./container-runtime.ts";
import { criSocketPath, type ScratchRoot, scratchRoot } from "./scratch-root.ts";

let node: ScratchRoot;
let cleanup: AsyncDisposableStack;
const options = { signal: new AbortController().signal, timeoutMs: 20_000 };

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
  node = cleanup.use(scratchRoot());
});
afterEach(() => cleanup.disposeAsync());

async function started(script: ContainerRuntimeScript): Promise<[ContainerRuntime, RunningContainerRuntime]> {
  const runtime = cleanup.use(await startContainerRuntime(node.inside(criSocketPath), script));
  const client = connectContainerRuntime(`unix://${node.inside(criSocketPath)}`);
  cleanup.defer(() => client.close());
  return [client, runtime];
}

describe("the embedded container runtime, seen by the program's own client", () => {
  test("says that it is ready, and what it is configured to", async () => {
    const [client, { calls }] = await started({ sandboxImage: "example.org/pause:1" });
    const status = await client.status({ ...options, verbose: true });
    expect(status.conditions.map(({ type, status: holds }) => [type, holds])).toEqual([
      ["RuntimeReady", true],
      ["NetworkReady", true],
    ]);
    expect(JSON.parse(status.info["config"] ?? "")).toEqual({ sandboxImage: "example.org/pause:1" });
    expect(calls).toEqual(["Status"]);
  });

  test("can be a runtime that is not ready", async () => {
    const [client] = await started({ runtimeReady: false });
    const { conditions } = await client.status(options);
    expect(conditions).toContainEqual(expect.objectContaining({ type: "RuntimeReady", status: false }));
  });

  test.each(["systemd", "cgroupfs", "unstated", "unimplemented"] as const)(
    "can have the cgroup driver %s",
    async (cgroupDriver) => {
      const [client] = await started({ cgroupDriver });
      expect(await client.cgroupDriver(options)).toBe(cgroupDriver);
    },
  );

  test("has the images that it was given and those that were pulled", async () => {
    const [client, runtime] = await started({ images: ["a:1"] });
    expect(await client.hasImage("a:1", options)).toBe(true);
    expect(await client.hasImage("b:1", options)).toBe(false);
    await client.pullImage("b:1", options);
    expect(await client.hasImage("b:1", options)).toBe(true);
    expect([...runtime.images]).toEqual(["a:1", "b:1"]);
  });

  test("can fail to pull one", async () => {
    const [client] = await started({ pullFailures: { "b:1": "not found: b:1 (100 % sure)" } });
    await expect(client.pullImage("b:1", options)).rejects.toThrow("not found: b:1 (100 % sure)");
  });

  test("forgets the pods that are stopped and removed", async () => {
    const [client, runtime] = await started({ podSandboxes: ["p1", "p2"] });
    await client.stopPodSandbox("p1", options);
    expect((await client.podSandboxes(options)).map(({ id, ready }) => [id, ready])).toEqual([
      ["p1", false],
      ["p2", true],
    ]);
    await client.removePodSandbox("p1", options);
    expect(runtime.podSandboxes()).toEqual(["p2"]);
  });

  test("answers with one Pod of 1,000 when asked for it by name", async () => {
    const [client] = await started({ podSandboxes: Array.from({ length: 1_000 }, (_, index) => `p${index}`) });
    const [first] = await client.podSandboxes(options);
    const { namespace = "", name = "" } = first ?? {};
    expect(await client.podSandboxes({ ...options, pod: { namespace, name } })).toEqual([first]);
  });

  test("is not listened to beyond the size that the caller accepts", async () => {
    const [client] = await started({ podSandboxes: Array.from({ length: 1_000 }, (_, index) => `p${index}`) });
    await expect(client.podSandboxes({ ...options, maxAnswerBytes: 10_000 })).rejects.toMatchObject({
      code: "too-large",
    });
    expect(await client.podSandboxes(options)).toHaveLength(1_000);
  });

  test("can be a socket without CRI behind it", async () => {
    const [client] = await started({ withoutCri: true });
    await expect(client.status(options)).rejects.toMatchObject({ code: "unimplemented" });
  });

  test("is found by its path in the root, symlinks followed there", async () => {
    cleanup.use(await startContainerRuntime(node.inside(criSocketPath)));
    const locate = rootDirectoryOf(localHost(), node.path).withSocket;
    const client = connectContainerRuntime("unix:///var/run/containerd/containerd.sock", { locate });
    cleanup.defer(() => client.close());
    expect(await client.version(options)).toEqual({ name: "containerd", version: "v2.4.2" });
    const other = connectContainerRuntime("unix:///var/run/crio/crio.sock", { locate });
    await expect(other.version(options)).rejects.toThrow("dial unix /var/run/crio/crio.sock: connect: no such file");
  });

  test("frees its socket", async () => {
    const [client, runtime] = await started({});
    await client.status(options);
    await runtime.stop();
    await expect(client.status(options)).rejects.toMatchObject({ code: "unavailable" });
  });
});
