// Phases of a control-plane join that work with the cluster, each on its own.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connections } from "../../src/cluster/connections.ts";
import { type ControlPlane, resources, startControlPlane } from "../../src/embedded/control-plane/index.ts";
import { Secret } from "../../src/errors/secret.ts";
import type { Event } from "../../src/events/event.ts";
import { eventsTo } from "../../src/events/events.ts";
import { type MemoryHost, memoryHost } from "../../src/host/memory.ts";
import { resolveJoinOptions } from "../../src/kubeadm/config/join/join-options.ts";
import { flagName } from "../../src/kubeadm/flags/flag-table.ts";
import type { JoinFlags } from "../../src/kubeadm/flags/join-flags.ts";
import type { JoinContext } from "../../src/phases/join/context.ts";
import { downloadCerts } from "../../src/phases/join/download-certs.ts";
import { kubeletStart } from "../../src/phases/join/kubelet-start.ts";
import { markControlPlane } from "../../src/phases/join/mark-control-plane.ts";
import type { Phase } from "../../src/workflow/phase.ts";
import { plan } from "../../src/workflow/plan.ts";
import { runSteps } from "../../src/workflow/run.ts";
import { memoryContainerRuntimes } from "../fixtures/cri/memory.ts";

let controlPlane: ControlPlane;
beforeEach(async () => {
  controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
});
afterEach(() => controlPlane.close());

async function join(phase: Phase<JoinContext>, host: MemoryHost, more: Partial<JoinFlags> = {}) {
  const told: Event[] = [];
  const events = eventsTo((event) => told.push(event), host.clock.now);
  const { signal } = new AbortController();
  const flags = {
    apiServerEndpoint: controlPlane.endpoint,
    token: new Secret(await controlPlane.createToken()),
    discoveryTokenCaCertHash: [controlPlane.caPin],
    controlPlane: true,
    apiserverAdvertiseAddress: "192.0.2.11",
    criSocket: "unix:///var/run/containerd/containerd.sock",
    ...more,
  };
  const given = Object.keys(flags).map(flagName);
  const refused = () => {
    throw new Error("these phases have no use for it");
  };
  const context: JoinContext = {
    options: await resolveJoinOptions(
      { ...flags, given, accepted: [...given, "discovery-file"] },
      { ...host, events, signal },
    ),
    host,
    connections: connections({
      connectTransport: controlPlane.connectInProcess,
      environment: {},
      userAgent: "kubeadm/v1.37.2",
      events,
      monotonic: () => host.clock.monotonic(),
    }),
    inspectServer: async () => undefined,
    connectContainerRuntime: memoryContainerRuntimes({}),
    startedAt: host.clock.now(),
    connectEtcd: refused,
    readLine: async () => undefined,
    includes: () => false,
  };
  await runSteps(plan([phase]), {
    context,
    events,
    signal,
    clock: host.clock,
    finish: async () => undefined,
    dryRun: context.options.dryRun,
  });
  return told;
}

function machine(files: Readonly<Record<string, string>> = {}): MemoryHost {
  return memoryHost({ files, machine: { hostname: "cp2" }, clock: { start: new Date(), automatic: true } });
}

describe("download-certs", () => {
  it("fetches what control planes share, as the holder of a token", async () => {
    const certificateKey = new Secret(await controlPlane.uploadCertificates());
    const host = machine();
    const told = await join(downloadCerts, host, { certificateKey });
    const names = Object.keys(host.files.snapshot()).map((path) => path.replace("/etc/kubernetes/pki/", ""));
    expect(names.sort()).toEqual([
      "ca.crt",
      "ca.key",
      "etcd/ca.crt",
      "etcd/ca.key",
      "front-proxy-ca.crt",
      "front-proxy-ca.key",
      "sa.key",
      "sa.pub",
    ]);
    expect(told.filter(({ type }) => type.startsWith("certificates."))).toMatchObject([
      { type: "certificates.downloading", secret: "kubeadm-certs", namespace: "kube-system" },
      { type: "certificates.saving", directory: "/etc/kubernetes/pki" },
    ]);
    const users = controlPlane.requests.matching(({ path }) => path.includes("kubeadm-certs")).map(({ user }) => user);
    expect(users).toEqual([expect.stringMatching(/^system:bootstrap:[a-z0-9]{6}$/)]);
  });

  it("leaves things alone without a certificate key", async () => {
    const host = machine();
    const told = await join(downloadCerts, host);
    expect(told.map(({ type }) => type)).toContain("phase.skipped");
    expect(host.files.snapshot()).toEqual({});
    expect(controlPlane.requests.all).toEqual([]);
  });

  it("restores what was there where a file cannot be written", async () => {
    const certificateKey = new Secret(await controlPlane.uploadCertificates());
    const host = machine({ "/etc/kubernetes/pki/ca.crt": "old" });
    host.files.fail("/etc/kubernetes/pki/sa.key", "ENOSPC");
    await expect(join(downloadCerts, host, { certificateKey })).rejects.toThrow("no space left on device");
    expect(host.files.snapshot()).toEqual({ "/etc/kubernetes/pki/ca.crt": "old" });
  });
});

describe("kubelet-start", () => {
  it("that fails starts a kubelet that ran before when its files are back, and not earlier", async () => {
    const files = { "/var/lib/kubelet/config.yaml": "kind: of before" };
    const host = memoryHost({
      files,
      services: { kubelet: { state: "active" } },
      machine: { hostname: "cp2" },
      clock: { start: new Date(), automatic: true },
    });
    const found: unknown[] = [];
    host.services.react("start", "kubelet", () => void found.push(host.files.snapshot()));
    host.files.fail("/var/lib/kubelet/kubeadm-flags.env", "ENOSPC");
    await expect(join(kubeletStart, host, { controlPlane: false })).rejects.toThrow("no space left on device");
    expect(host.services.actions.map(({ action }) => action)).toEqual(["stop", "start"]);
    expect(found).toEqual([files]);
  });
});

describe("kubelet-start on a machine with two interfaces", () => {
  const twoInterfaces = () =>
    memoryHost({
      services: { kubelet: { state: "inactive" } },
      machine: { hostname: "cp2" },
      clock: { start: new Date(), automatic: true },
      network: {
        addresses: [
          { interface: "eth0", address: "10.0.2.15", family: "IPv4", internal: false },
          { interface: "eth1", address: "192.168.56.11", family: "IPv4", internal: false },
        ],
        defaultRoutes: { IPv4: ["eth0"] },
        sources: { "127.0.0.1": "192.168.56.11" },
      },
    });
  const warned = async (flags: Partial<JoinFlags>) => {
    const told = await join(kubeletStart, twoInterfaces(), flags);
    return told.flatMap((event) => (event.type === "warning" ? [event.message] : [])).join("\n");
  };

  it("warns a worker whose API server is not on the network of its default route", async () => {
    const warning = await warned({ controlPlane: false });
    expect(warning).toContain("the kubelet will register its Node with 10.0.2.15 (eth0)");
    expect(warning).toContain(`this machine reaches the API server ${controlPlane.url} from 192.168.56.11 (eth1)`);
  });

  it("warns a control plane that advertises another address than that of its default route", async () => {
    const warning = await warned({ apiserverAdvertiseAddress: "192.168.56.11" });
    expect(warning).toContain("the API server of this machine advertises 192.168.56.11 (eth1)");
    expect(await warned({ apiserverAdvertiseAddress: "10.0.2.15" })).not.toContain("advertises");
  });
});

describe("mark-control-plane of a join", () => {
  const withNode = () => {
    const metadata = { name: "cp2", labels: { "kubernetes.io/hostname": "cp2" } };
    controlPlane.storage.create(resources.nodes, { apiVersion: "v1", kind: "Node", metadata, spec: {} });
    return machine({ "/etc/kubernetes/admin.conf": controlPlane.adminKubeconfig });
  };
  const node = () => controlPlane.storage.get(resources.nodes, { name: "cp2" });

  it("marks the Node as the administrator whose kubeconfig the join wrote", async () => {
    const told = await join(markControlPlane, withNode());
    expect(node()?.metadata["labels"]).toMatchObject({ "node-role.kubernetes.io/control-plane": "" });
    expect(node()?.["spec"]).toEqual({
      taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
    });
    expect(told).toContainEqual(expect.objectContaining({ type: "node.marking", node: "cp2" }));
    expect(controlPlane.requests.all.map(({ verb, user }) => `${verb} ${user}`)).toEqual([
      "get kubernetes-admin",
      "patch kubernetes-admin",
    ]);
  });

  it("only says so in a dry run", async () => {
    const told = await join(markControlPlane, withNode(), { dryRun: true });
    expect(told.filter(({ type }) => type === "dryrun.would")).toMatchObject([
      { area: "control-plane-join", action: "mark node cp2 as a control-plane" },
    ]);
    expect(controlPlane.requests.all).toEqual([]);
  });

  it("is none of a worker's", async () => {
    const told = await join(markControlPlane, withNode(), { controlPlane: false });
    expect(told.map(({ type }) => type)).toContain("phase.skipped");
    expect(node()?.metadata["labels"]).toEqual({ "kubernetes.io/hostname": "cp2" });
  });
});
