import type { InspectServer } from "../../cluster/https-inspection.ts";
import { type HttpResponse, TransportError } from "../../cluster/transport.ts";
import { type MemoryRuntime, memoryContainerRuntimes, memoryRuntime } from "../../cri/memory.ts";
import type { Machine, ServiceManager } from "../../host/host.ts";
import type { CommandScript } from "../../host/memory/commands.ts";
import type { SeedEntry } from "../../host/memory/files.ts";
import type { SeedNetwork } from "../../host/memory/network.ts";
import type { SeedService } from "../../host/memory/services.ts";
import { type MemoryHost, memoryHost } from "../../host/memory.ts";
import { testAuthority } from "../../pki/authority.fixture.ts";
import type { CertificateAuthority } from "../../pki/x509.ts";
import { kubeletClientPair } from "../bootstrap/client-certificate.fixture.ts";
import { examineNode } from "./doctor.ts";
import { doctorPorts } from "./examination.fixture.ts";
import type { DoctorPorts } from "./examination.ts";
import type { DoctorReport } from "./report.ts";

export const server = "https://api.example:6443";
export const nodePath = "/api/v1/nodes/w1";
export const requestsPath = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
export const machineId = "0123456789abcdef0123456789abcdef";

/** An answer of the API server; "hang" never comes. */
export type ServerAnswer =
  | { readonly status?: number; readonly body: string; readonly date?: Date }
  | TransportError
  | "hang";

/** A worker of a cluster, in parts that a test changes before it is examined. */
export interface Worker {
  readonly ca: CertificateAuthority;
  readonly files: Record<string, SeedEntry>;
  readonly services: Record<string, SeedService>;
  readonly commands: Record<string, CommandScript>;
  readonly network: { -readonly [Field in keyof SeedNetwork]: SeedNetwork[Field] };
  readonly machine: { -readonly [Field in keyof Machine]?: Machine[Field] };
  readonly runtime: MemoryRuntime;
  /** By path; any other path is 404. "*" stands for every path. */
  readonly api: Record<string, ServerAnswer>;
  manager: ServiceManager;
  inspect: InspectServer;
}

export const criSocketUrl = "unix:///run/containerd/containerd.sock";

/** Returns a worker with which nothing is wrong. */
export async function healthyWorker(): Promise<Worker> {
  const ca = await testAuthority();
  const pair = await kubeletClientPair({ nodeName: "w1", ca });
  return {
    ca,
    files: {
      "/etc/kubernetes/kubelet.conf": secret(kubeletConf(ca)),
      "/etc/kubernetes/pki/ca.crt": ca.certificatePem,
      "/var/lib/kubelet/pki/kubelet-client-2026.pem": secret(pair),
      "/var/lib/kubelet/pki/kubelet-client-current.pem": { target: "/var/lib/kubelet/pki/kubelet-client-2026.pem" },
      "/var/lib/kubelet/config.yaml": kubeletConfiguration,
      "/var/lib/kubelet/instance-config.yaml": `containerRuntimeEndpoint: ${criSocketUrl}\n`,
      "/var/lib/kubelet/kubeadm-flags.env": 'KUBELET_KUBEADM_ARGS=""\n',
      "/etc/machine-id": `${machineId}\n`,
      "/etc/resolv.conf": "nameserver 192.0.2.53\n",
      "/etc/cni/net.d/10-net.conflist": JSON.stringify({ plugins: [{ type: "bridge", ipam: { type: "host-local" } }] }),
      "/opt/cni/bin/bridge": "",
      "/opt/cni/bin/host-local": "",
      "/proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n",
      "/proc/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n",
      "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids\n",
      "/proc/sys/net/ipv4/ip_forward": "1\n",
      "/sys/class/net/eth0/mtu": "1500\n",
      "/sys/class/net/vxlan.calico/mtu": "1450\n",
    },
    services: { kubelet: { exists: true, enabled: true, state: "active", subState: "running" } },
    commands: {
      kubelet: { stdout: "Kubernetes v1.37.2\n" },
      iptables: { stdout: "-P INPUT ACCEPT\n" },
      ip6tables: { stdout: "-P INPUT ACCEPT\n" },
    },
    network: {
      names: { "api.example": ["192.0.2.10"], w1: ["192.0.2.21"] },
      addresses: [{ interface: "eth0", address: "192.0.2.21", family: "IPv4", internal: false }],
      defaultRoutes: { IPv4: ["eth0"] },
      probes: { "http://127.0.0.1:10248/healthz": { status: 200, body: "ok" } },
    },
    machine: { hostname: "w1" },
    runtime: memoryRuntime({
      images: new Set(["registry.k8s.io/pause:3.10.2"]),
      info: { config: JSON.stringify({ sandboxImage: "registry.k8s.io/pause:3.10.2" }) },
    }),
    api: {
      "/readyz": { body: "ok" },
      [nodePath]: { body: JSON.stringify(readyNode) },
      [requestsPath]: { body: JSON.stringify({ kind: "CertificateSigningRequestList", apiVersion: "v1", items: [] }) },
    },
    manager: "systemd",
    inspect: async () => ({ reached: "tls", chain: [], certificates: [ca.certificate], names: "" }),
  };
}

export function secret(content: string): SeedEntry {
  return { content, mode: 0o600 };
}

export function kubeletConf(ca: Pick<CertificateAuthority, "certificatePem">, at = server): string {
  const pem = "/var/lib/kubelet/pki/kubelet-client-current.pem";
  return `apiVersion: v1
kind: Config
clusters:
- name: c
  cluster:
    server: ${at}
    certificate-authority-data: ${Buffer.from(ca.certificatePem).toString("base64")}
users:
- name: u
  user: { client-certificate: ${pem}, client-key: ${pem} }
contexts:
- name: x
  context: { cluster: c, user: u }
current-context: x
`;
}

export const kubeletConfiguration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
containerRuntimeEndpoint: ${criSocketUrl}
healthzBindAddress: 127.0.0.1
healthzPort: 10248
rotateCertificates: true
`;

export const readyNode = {
  kind: "Node",
  apiVersion: "v1",
  metadata: { name: "w1" },
  status: {
    conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
    nodeInfo: { machineID: machineId },
    addresses: [{ type: "InternalIP", address: "192.0.2.21" }],
  },
};

/** Examines the worker; nothing outside of it is reached. */
export async function examined(
  worker: Worker,
  ports: Partial<DoctorPorts> = {},
  host = hostOf(worker),
): Promise<DoctorReport> {
  return examineNode({}, portsOf(worker, ports, host));
}

export function portsOf(worker: Worker, ports: Partial<DoctorPorts> = {}, host = hostOf(worker)): DoctorPorts {
  return doctorPorts(host, {
    connectContainerRuntime: memoryContainerRuntimes({ [criSocketUrl]: worker.runtime }),
    connectTransport: () => ({
      send: ({ url }, signal) => answered(worker, new URL(url), signal),
      close: () => undefined,
    }),
    inspectServer: worker.inspect,
    ...ports,
  });
}

export function hostOf({ files, services, commands, network, machine, manager }: Worker): MemoryHost {
  return memoryHost({ files, services, commands, network, machine, manager, clock: { start: new Date() } });
}

/** Returns what the API server of the worker answers. */
export async function answered({ api }: Worker, url: URL, signal: AbortSignal): Promise<HttpResponse> {
  const answer = api["*"] ?? api[url.pathname] ?? { status: 404, body: statusObject(404, "NotFound") };
  if (answer === "hang")
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  if (answer instanceof TransportError) throw answer;
  const { status = 200, body, date = new Date() } = answer;
  return {
    status,
    headers: { date: date.toUTCString(), "content-type": "application/json" },
    text: async () => body,
    lines: async function* () {
      yield body;
    },
  };
}

export function statusObject(code: number, reason: string, message = reason): string {
  return JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", reason, message, code });
}
