// What keeps a kubelet from running, or Pods on it: on the machine, in its configuration, at its health endpoint.
import { createServer } from "node:net";
import { resources } from "../../src/embedded/control-plane/index.ts";
import type { FaultCase } from "./fault-case.ts";
import { joinArguments, type World } from "./world.ts";

/** What a join has written when it waits for the kubelet, and leaves there for anyone who looks why. */
const written = /^\/etc\/kubernetes|^\/var\/lib\/kubelet/;

const machines: readonly FaultCase[] = [
  {
    name: "a machine that does not forward packets, and has no br_netfilter",
    arguments: (world) => {
      world.write("/proc/sys/net/ipv4/ip_forward", "0\n", 0o644);
      return joinArguments(world);
    },
    code: "PREFLIGHT_FAILED",
    error: ["preflight checks failed"],
    remedy: ["Fix the reported errors"],
    stderr: [
      "/proc/sys/net/ipv4/ip_forward contents are not set to 1",
      "'net.ipv4.ip_forward = 1' in /etc/sysctl.d/99-kubernetes.conf",
      "'modprobe br_netfilter'",
      "/etc/modules-load.d/kubernetes.conf",
    ],
    withinMs: 4_000,
  },
];

const kubelets: readonly FaultCase[] = [
  {
    name: "a kubelet that is not there",
    arguments: (world) => joinArguments(world),
    code: "KUBELET_UNHEALTHY",
    error: ["connection refused"],
    remedy: ["Nothing listens on 127.0.0.1:", "Start the kubelet with the files"],
    waitsFor: "connection refused",
    saysWithinMs: 6000,
    withinMs: 9000,
    leaves: written,
  },
  {
    name: "a kubelet that never answers its health check",
    world: { kubelet: { healthz: "refuse" } },
    arguments: (world) => joinArguments(world),
    code: "KUBELET_UNHEALTHY",
    error: ["connection refused"],
    remedy: ["Nothing listens on 127.0.0.1:", "Start the kubelet with the files"],
    waitsFor: "connection refused",
    saysWithinMs: 6000,
    withinMs: 9000,
    leaves: written,
  },
  {
    name: "a kubelet that says it is not healthy, whatever proxy there is",
    world: { kubelet: { healthz: "fail" } },
    environment: { HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" },
    arguments: (world) => joinArguments(world),
    code: "KUBELET_UNHEALTHY",
    error: ['returned status code: 500 ("[-]syncloop failed: reason withheld")'],
    remedy: [
      "reports that it is not healthy",
      "bypasses every proxy, as `curl --noproxy",
      "Start the kubelet with the files",
    ],
    waitsFor: "status code: 500",
    saysWithinMs: 6000,
    withinMs: 9000,
    leaves: written,
  },
  {
    name: "a health endpoint that takes connections and does not respond",
    arguments: async (world) => {
      const server = createServer((socket) => socket.on("error", () => undefined));
      await new Promise<void>((listening) => server.listen(healthzPortOf(world), "127.0.0.1", listening));
      world.keep({ [Symbol.asyncDispose]: async () => void server.close() });
      return joinArguments(world, { timeouts: { kubeletHealthCheck: "6s" } });
    },
    code: "KUBELET_UNHEALTHY",
    error: ["context deadline exceeded"],
    remedy: ["did not respond in time", "lacks CPU"],
    waitsFor: "context deadline exceeded",
    saysWithinMs: 7000,
    withinMs: 11_000,
    leaves: written,
  },
  {
    name: "a health endpoint that the cluster has put at an address of its own",
    arguments: (world) => {
      configureKubelets(world, "healthzBindAddress: 127.0.0.2");
      return joinArguments(world);
    },
    code: "KUBELET_UNHEALTHY",
    error: ["curl -sSL http://127.0.0.2:", "connection refused"],
    remedy: ["Nothing listens on 127.0.0.2:", "healthzBindAddress of /var/lib/kubelet/config.yaml"],
    waitsFor: "connection refused",
    saysWithinMs: 6000,
    withinMs: 9000,
    leaves: written,
  },
];

/** What is told before the kubelet is started, while there is none here to fail for it. */
const obstacles: readonly FaultCase[] = [
  {
    name: "a machine with swap and cgroup v1, both of which the kubelet refuses",
    arguments: (world) => {
      configureKubelets(world, "failCgroupV1: true");
      world.write("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition 1 0 -2\n", 0o644);
      world.write("/proc/mounts", "tmpfs /sys/fs/cgroup tmpfs ro 0 0\n", 0o644);
      return joinArguments(world);
    },
    code: "KUBELET_UNHEALTHY",
    error: ["connection refused"],
    remedy: ["Nothing listens on"],
    stderr: [
      "the kubelet will not start: this machine uses cgroup v1, and failCgroupV1 is true",
      "the kubelet will not start: swap is on (/dev/sda2), and failSwapOn is true by default",
      "`swapoff -a`",
    ],
    withinMs: 9000,
    leaves: written,
  },
  {
    name: "a containerd 1.x whose cgroup driver is not the kubelet's",
    world: { runtime: { cgroupDriver: "unimplemented", systemdCgroup: false } },
    arguments: (world) => joinArguments(world),
    code: "KUBELET_UNHEALTHY",
    error: ["connection refused"],
    remedy: ["Nothing listens on"],
    stderr: [
      "the container runtime uses the cgroup driver cgroupfs, the kubelet will use systemd (cgroupDriver of its configuration)",
      "set `SystemdCgroup = true`",
    ],
    withinMs: 9000,
    leaves: written,
  },
];

/** The text of the KubeletConfiguration that joining machines are given. */
function kubeletConfiguration({ controlPlane }: World): string {
  const data = controlPlane.storage.get(resources.configMaps, kubeletConfigMap)?.["data"];
  return String((data as Record<string, unknown> | undefined)?.["kubelet"]);
}

const kubeletConfigMap = { namespace: "kube-system", name: "kubelet-config" };

/** Adds lines to it. */
function configureKubelets(world: World, lines: string): void {
  const kubelet = `${kubeletConfiguration(world)}${lines}\n`;
  world.controlPlane.storage.update(resources.configMaps, kubeletConfigMap, {}, (current) => ({
    ...current,
    data: { kubelet },
  }));
}

function healthzPortOf(world: World): number {
  return Number(/^healthzPort: (\d+)$/m.exec(kubeletConfiguration(world))?.[1]);
}

export const kubeletCases: readonly FaultCase[] = [...machines, ...kubelets, ...obstacles];
