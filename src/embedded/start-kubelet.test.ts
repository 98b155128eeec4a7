import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../test/support/free-port.ts";
import { poll } from "../async/poll.ts";
import { localClock } from "../host/local/clock.ts";
import { startContainerRuntime } from "./container-runtime.ts";
import { type ControlPlane, resources, startControlPlane } from "./control-plane/index.ts";
import { criSocketPath, type ScratchRoot, scratchRoot } from "./scratch-root.ts";
import { type KubeletOptions, startKubelet } from "./start-kubelet.ts";

let node: ScratchRoot;
let controlPlane: ControlPlane;
let cleanup: AsyncDisposableStack;
let output = () => "";

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  node = cleanup.use(scratchRoot({ hostname: "W1" }));
  controlPlane = await startControlPlane();
  cleanup.defer(() => controlPlane.close());
  cleanup.use(await startContainerRuntime(node.inside(criSocketPath)));
});
afterEach(() => cleanup.disposeAsync());

async function start(options: Partial<KubeletOptions> = {}) {
  const kubelet = cleanup.use(await startKubelet({ root: node.path, hostname: "W1", readyDelayMs: 10, ...options }));
  output = kubelet.output;
  return kubelet;
}

test("many kubelets add no listener to the process", async () => {
  const before = process.listenerCount("exit");
  await start();
  await start();
  expect(process.listenerCount("exit")).toBe(before);
});

async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await poll({
    until: async () => ((await holds()) ? { done: true, value: true } : { done: false, reason: "not yet" }),
    everyMs: () => 10,
    deadlineMs: 50_000,
    clock: localClock,
    signal: AbortSignal.timeout(55_000),
    onTimeout: () => new Error(`never came: ${what}; the kubelet said:\n${output()}`),
  });
}

interface Configuration {
  readonly healthzPort: number;
  readonly flags?: string;
  readonly token?: string;
}

/** The files of a worker join, written in kubeadm's order. */
async function configure({ healthzPort, flags = "", token }: Configuration): Promise<void> {
  mkdirSync(node.inside("/etc/kubernetes/pki"), { recursive: true });
  writeFileSync(node.inside("/etc/kubernetes/pki/ca.crt"), controlPlane.caCertificatePem);
  const ca = Buffer.from(controlPlane.caCertificatePem).toString("base64");
  const bootstrap = `apiVersion: v1
kind: Config
clusters: [{name: kubernetes, cluster: {certificate-authority-data: ${ca}, server: "${controlPlane.url}"}}]
contexts: [{name: c, context: {cluster: kubernetes, user: u}}]
current-context: c
users: [{name: u, user: {token: ${token ?? (await controlPlane.createToken())}}}]
`;
  writeFileSync(node.inside("/etc/kubernetes/bootstrap-kubelet.conf"), bootstrap, { mode: 0o600 });
  const configuration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock
healthzBindAddress: 127.0.0.1
healthzPort: ${healthzPort}
rotateCertificates: true
`;
  writeFileSync(node.inside("/var/lib/kubelet/config.yaml"), configuration);
  writeFileSync(node.inside("/var/lib/kubelet/kubeadm-flags.env"), `KUBELET_KUBEADM_ARGS=${JSON.stringify(flags)}\n`);
}

async function healthz(port: number): Promise<number> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).status;
  } catch {
    return 0;
  }
}

const stored = (name: string) => controlPlane.storage.get(resources.nodes, { name });
const requests = () => controlPlane.storage.list(resources.certificateSigningRequests);
const isReady = (name: string) => {
  const node = stored(name) as { status?: { conditions?: { type: string; status: string }[] } } | undefined;
  return node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
};

describe("the embedded kubelet", () => {
  test("fails in a loop until it is configured, then bootstraps, becomes healthy and registers its node", async () => {
    const kubelet = await start();
    await eventually("two starts that fail", () => kubelet.output().split("no such file or directory").length > 2);
    expect(kubelet.output()).toContain("failed to load kubelet config file, path: /var/lib/kubelet/config.yaml");
    const port = await freePort();
    await configure({ healthzPort: port });
    await eventually("a ready node", () => isReady("w1"));

    expect(await healthz(port)).toBe(200);
    expect(requests()).toHaveLength(1);
    expect(requests()[0]).toMatchObject({
      metadata: { generateName: "csr-" },
      spec: {
        signerName: "kubernetes.io/kube-apiserver-client-kubelet",
        usages: ["digital signature", "client auth"],
        username: expect.stringMatching(/^system:bootstrap:/),
      },
    });
    const link = readlinkSync(node.inside("/var/lib/kubelet/pki/kubelet-client-current.pem"));
    expect(link).toMatch(/^\/var\/lib\/kubelet\/pki\/kubelet-client-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.pem$/);
    expect(statSync(node.inside(link)).mode & 0o777).toBe(0o600);
    expect(statSync(node.inside("/etc/kubernetes/kubelet.conf")).mode & 0o777).toBe(0o600);
    expect(readFileSync(node.inside("/etc/kubernetes/kubelet.conf"), "utf8")).toContain("name: default-auth");
    expect(stored("w1")).toMatchObject({
      metadata: { labels: { "kubernetes.io/hostname": "w1", "kubernetes.io/os": "linux" } },
      status: { nodeInfo: { kubeletVersion: "v1.37.2" } },
    });
  });

  test("starts with the flags of kubeadm-flags.env", async () => {
    await start();
    await configure({
      healthzPort: await freePort(),
      flags: "--hostname-override=other --register-with-taints=a=b:NoSchedule,c:NoExecute --node-labels=x=y",
    });
    await eventually("the node", () => stored("other") !== undefined);
    expect(stored("other")).toMatchObject({
      metadata: { labels: { x: "y", "kubernetes.io/hostname": "other" } },
      spec: {
        taints: [
          { key: "a", value: "b", effect: "NoSchedule" },
          { key: "c", effect: "NoExecute" },
        ],
      },
    });
  });

  test("gives up at a flag that the kubelet does not have, until the file is rewritten", async () => {
    const kubelet = await start();
    const port = await freePort();
    await configure({ healthzPort: port, flags: "--pod-infra-container-image=pause" });
    await eventually("the refusal", () => kubelet.output().includes("unknown flag: --pod-infra-container-image"));
    expect(await healthz(port)).toBe(0);
    await configure({ healthzPort: port });
    await eventually("health", async () => (await healthz(port)) === 200);
  });

  test("needs no bootstrap once it has a valid certificate", async () => {
    const first = await start();
    await configure({ healthzPort: await freePort() });
    await eventually("a ready node", () => isReady("w1"));
    await first.stop();
    rmSync(node.inside("/etc/kubernetes/bootstrap-kubelet.conf"));
    const port = await freePort();
    await configure({ healthzPort: port, token: "aaaaaa.aaaaaaaaaaaaaaaa" });
    await start();
    await eventually("health", async () => (await healthz(port)) === 200);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(requests()).toHaveLength(1);
  });

  test("says why it gets no certificate, and asks again", async () => {
    const kubelet = await start();
    await configure({ healthzPort: await freePort(), token: "aaaaaa.aaaaaaaaaaaaaaaa" });
    await eventually("the refusal", () => kubelet.output().includes("cannot create certificate signing request: "));
    expect(existsSync(node.inside("/etc/kubernetes/kubelet.conf"))).toBe(true);
    expect(existsSync(node.inside("/var/lib/kubelet/pki/kubelet-client-current.pem"))).toBe(false);
  });

  test("waits for the signature of a request that is approved late", async () => {
    controlPlane.controllers.stop("csrsigning");
    await start();
    await configure({ healthzPort: await freePort() });
    await eventually("the request", () => requests().length === 1);
    controlPlane.controllers.start("csrsigning");
    await eventually("a ready node", () => isReady("w1"));
    expect(requests()).toHaveLength(1);
  });

  test("gives up where no container runtime listens", async () => {
    rmSync(node.inside(criSocketPath));
    const kubelet = await start();
    const port = await freePort();
    await configure({ healthzPort: port });
    await eventually("the refusal", () => kubelet.output().includes("validate CRI v1 runtime API for endpoint"));
    expect(await healthz(port)).toBe(0);
  });

  test.each([
    ["fail", 500],
    ["refuse", 0],
  ] as const)("can be made to %s its health check", async (kind, status) => {
    await start({ healthz: kind });
    const port = await freePort();
    await configure({ healthzPort: port });
    await eventually("a ready node", () => isReady("w1"));
    expect(await healthz(port)).toBe(status);
  });

  test("can be made to crash at each start", async () => {
    const kubelet = await start({ crashMessage: "failed to run Kubelet: misconfiguration: kubelet cgroup driver" });
    await eventually("two crashes", () => kubelet.output().split("misconfiguration").length > 2);
  });

  test("can be made never to bootstrap", async () => {
    await start({ neverBootstrap: true });
    const port = await freePort();
    await configure({ healthzPort: port });
    await eventually("health", async () => (await healthz(port)) === 200);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(requests()).toHaveLength(0);
  });

  test("is gone when stop resolves, and leaves its port free", async () => {
    const kubelet = await start();
    const port = await freePort();
    await configure({ healthzPort: port });
    await eventually("health", async () => (await healthz(port)) === 200);
    await kubelet.stop();
    expect(() => process.kill(kubelet.pid, 0)).toThrow("ESRCH");
    expect(await healthz(port)).toBe(0);
  });
});
