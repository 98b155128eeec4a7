import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { memoryContainerRuntimes, memoryRuntime } from "../../../../test/fixtures/cri/memory.ts";
import { goodFiles } from "../../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { type OldCluster, runUpgrade, startOldCluster } from "../../../../test/support/upgrade/old-cluster.ts";
import type { ConnectContainerRuntime } from "../../../cri/container-runtime.ts";

let cluster: OldCluster;
let runtime: ReturnType<typeof memoryRuntime>;
const socket = "unix:///var/run/containerd/containerd.sock";

beforeAll(async () => {
  cluster = await startOldCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());
beforeEach(() => {
  runtime = memoryRuntime();
});

/** Lets everything else continue. A timer would not do: meanwhile, the machine's clock would run through all deadlines. */
async function turns(count: number, until: () => boolean = () => false): Promise<void> {
  for (let turn = 0; turn < count && !until(); turn += 1) await setImmediate();
}

const pulls = () => runtime.calls.filter((call) => call.startsWith("pullImage "));

/** Runs a command on cp1; returns also how many images were pulled at the same time, at most. */
async function onControlPlane(line: string, more: Parameters<typeof runUpgrade>[2] = {}) {
  let pulling = 0;
  let most = 0;
  const connect = memoryContainerRuntimes({ [socket]: runtime });
  const connectContainerRuntime: ConnectContainerRuntime = (endpoint) => {
    const client = connect(endpoint);
    const pullImage: typeof client.pullImage = async (...given) => {
      pulling += 1;
      most = Math.max(most, pulling);
      await turns(2);
      pulling -= 1;
      return client.pullImage(...given);
    };
    return { ...client, pullImage };
  };
  const { files, ...rest } = more;
  const outcome = await runUpgrade(cluster, line, {
    files: {
      ...goodFiles,
      ...cluster.files,
      "/var/lib/kubelet/config.yaml": "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n",
      "/var/lib/kubelet/instance-config.yaml": `containerRuntimeEndpoint: "${socket}"\n`,
      ...files,
    },
    clock: { start: new Date("2026-01-02T03:04:05Z"), automatic: true },
    commands: { kubelet: { stdout: "Kubernetes v1.36.3\n" } },
    connectContainerRuntime,
    ...rest,
  });
  return { ...outcome, most };
}

const commands = [
  ["upgrade apply", "apply phase preflight v1.37.2 --yes", "apply"],
  ["upgrade node", "node phase preflight", "node"],
] as const;

describe.each(commands)("the images of %s", (_, line, section) => {
  const withFile = (settings: string) => {
    const text = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\n${section}: {${settings}}\n`;
    return onControlPlane(`${line} --config /c.yaml`, { files: { "/c.yaml": text } });
  };

  it("are pulled in parallel", async () => {
    const { status, stderr, most } = await onControlPlane(line);
    expect(status, stderr).toBe(0);
    expect(most).toBe(pulls().length);
    expect(most).toBeGreaterThan(1);
  });

  it.each([
    ["in parallel without imagePullSerial in the file", "", (all: number) => all],
    ["in parallel with imagePullSerial: false", "imagePullSerial: false", (all: number) => all],
    ["one after the other with imagePullSerial: true", "imagePullSerial: true", () => 1],
  ])("are pulled %s", async (_name, settings, expected) => {
    const { status, stderr, most } = await withFile(settings);
    expect(status, stderr).toBe(0);
    expect(most).toBe(expected(pulls().length));
  });

  it.each<[string, string, string, (all: readonly string[]) => readonly string[]]>([
    ["only if they are not present, by default", "", "", (all) => all.slice(1)],
    ["only if they are not present", "IfNotPresent", "imagePullPolicy: IfNotPresent", (all) => all.slice(1)],
    ["even if they are present", "Always", "imagePullPolicy: Always", (all) => all],
    ["never", "Never", "imagePullPolicy: Never", () => []],
  ])("are pulled %s: imagePullPolicy %s", async (_name, _policy, settings, expected) => {
    await onControlPlane(line);
    const all = pulls();
    const [present = ""] = all;
    runtime = memoryRuntime({ images: new Set([present.replace("pullImage ", "")]) });
    const { status, stderr } = await withFile(settings);
    expect(status, stderr).toBe(0);
    expect(pulls().toSorted()).toEqual(expected(all).toSorted());
  });
});

describe("the pull of upgrade apply", () => {
  const line = "apply phase preflight v1.37.2";

  it("continues in parallel with the cluster checks if there is no question to ask", async () => {
    const begun: number[] = [];
    const { status, stderr } = await onControlPlane(`${line} --yes`, {
      intercept: async ({ method, url }, send) => {
        if (method !== "POST" || !url.includes("/jobs")) return send();
        // A pull that waited for the checks would not have begun.
        await turns(400, () => pulls().length > 0);
        begun.push(pulls().length);
        return send();
      },
    });
    expect(status, stderr).toBe(0);
    expect(begun).toEqual([expect.any(Number)]);
    expect(begun[0]).toBeGreaterThan(0);
  });

  it("waits for the version policy", async () => {
    const before: number[] = [];
    const { status, stderr } = await onControlPlane(`${line} --yes`, {
      intercept: async ({ url }, send) => {
        if (!new URL(url).pathname.endsWith("/version")) return send();
        await turns(40);
        before.push(pulls().length);
        return send();
      },
    });
    expect(status, stderr).toBe(0);
    expect(before).toEqual([0]);
    expect(pulls()).not.toEqual([]);
  });
});
