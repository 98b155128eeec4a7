import { type Transport, TransportError } from "../../cluster/transport.ts";
import { type MemoryRuntime, memoryContainerRuntimes, memoryRuntime } from "../../cri/memory.ts";
import { EtcdError } from "../../etcd/etcd.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { type MemoryHost, type MemorySeed, memoryHost } from "../../host/memory.ts";
import { flagName } from "../../kubeadm/flags/flag-table.ts";
import { type ResetFlags, resetFlagNames } from "../../kubeadm/flags/reset-flags.ts";
import { testAuthority } from "../../pki/authority.fixture.ts";
import { defined } from "../../values/defined.ts";
import { reset } from "./reset.ts";

// What the tests of a reset have in common: machines before it, and the run.

const authority = btoa((await testAuthority()).certificatePem);
const containerd = "unix:///var/run/containerd/containerd.sock";

/** Files of a worker after a join, and what lies beside them. */
export const worker: NonNullable<MemorySeed["files"]> = {
  "/etc/kubernetes/kubelet.conf": "kubelet",
  "/etc/kubernetes/pki/ca.crt": "ca",
  "/etc/kubernetes/manifests": { kind: "directory" },
  "/var/lib/kubelet/config.yaml": "config",
  "/var/lib/kubelet/instance-config.yaml": `containerRuntimeEndpoint: "${containerd}"\n`,
  "/var/lib/kubelet/pki/kubelet-client-current.pem": { target: "/var/lib/kubelet/pki/kubelet-client-1.pem" },
  "/var/lib/kubelet/pods/1/volumes/x": "x",
};

export const others: NonNullable<MemorySeed["files"]> = {
  "/etc/containerd/config.toml": "containerd",
  "/etc/kubernetes/audit.yaml": "own",
  "/srv/data/precious": "data",
};

interface Setting {
  readonly flags?: Partial<ResetFlags>;
  readonly answers?: readonly string[];
  readonly runtime?: MemoryRuntime;
  readonly only?: string;
  /** The API server; by default, nothing listens there. */
  readonly send?: Transport;
}

/** A kubeconfig of the administrator. */
export const adminKubeconfig = [
  `apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters: [{name: c, cluster: {server: "https://192.0.2.1:6443", certificate-authority-data: ${authority}}}]`,
  "contexts: [{name: a, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: t}}]\n",
].join("\n");

const refuseConnections: Transport = async ({ url }) => {
  throw new TransportError("refused", url, "dial tcp 192.0.2.1:6443: connect: connection refused");
};

export function machine(seed: MemorySeed = {}): MemoryHost {
  return memoryHost({
    ...seed,
    files: { ...worker, ...others, ...seed.files },
    services: { kubelet: { state: "active" }, ...seed.services },
    clock: { automatic: true },
  });
}

export async function run(
  host: MemoryHost,
  { flags = { force: true }, answers = [], runtime, only, send = refuseConnections }: Setting = {},
) {
  const told: Event[] = [];
  const lines = [...answers];
  const pods =
    runtime ??
    memoryRuntime({ sandboxes: [{ id: "p1", name: "web", namespace: "default", uid: "u-p1", ready: true }] });
  const given = Object.keys(flags).map(flagName);
  const promise = reset(
    { flags: { ...flags, given, accepted: resetFlagNames }, ...defined({ only }) },
    {
      host,
      connectTransport: () => ({ send, close: () => undefined }),
      connectContainerRuntime: memoryContainerRuntimes({ [containerd]: pods }),
      connectEtcd: () => {
        throw new EtcdError("unavailable", "there is no etcd here");
      },
      readLine: async () => lines.shift(),
      events: eventsTo((event) => told.push(event), host.clock.now),
      signal: new AbortController().signal,
    },
  );
  const [settled] = await Promise.allSettled([promise]);
  const warnings = told.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  return { settled, told, warnings, pods, types: told.map(({ type }) => type) };
}

export const refusedAs = (code: string) => ({ status: "rejected", reason: { code } });
