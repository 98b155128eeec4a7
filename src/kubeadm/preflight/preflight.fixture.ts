import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import { memoryContainerRuntimes, memoryRuntime } from "../../cri/memory.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { type MemoryHost, type MemorySeed, memoryHost } from "../../host/memory.ts";
import type { Check, PreflightPorts } from "./check.ts";
import { runChecks } from "./run-checks.ts";

export const containerd = "unix:///var/run/containerd/containerd.sock";

const kernelOptions = [
  "NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CPUSETS MEMCG INET EXT4_FS PROC_FS IP_NF_TARGET_REDIRECT",
  "NETFILTER_XT_MATCH_COMMENT FAIR_GROUP_SCHED CGROUPS CGROUP_BPF CGROUP_PIDS CGROUP_SCHED OVERLAY_FS BLK_DEV_DM",
].flatMap((line) => line.split(" "));

export const goodKernelConfiguration = kernelOptions.map((name) => `CONFIG_${name}=y\n`).join("");

/** Files of a machine that passes all checks of a worker. */
export const goodFiles: Readonly<Record<string, string>> = {
  "/proc/swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
  "/proc/mounts": "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n",
  "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n",
  "/sys/fs/cgroup/system.slice/cgroup.freeze": "0\n",
  "/sys/fs/cgroup/system.slice/cgroup.procs": "",
  "/boot/config-6.12.0": goodKernelConfiguration,
  "/proc/sys/net/ipv4/ip_forward": "1\n",
  "/proc/sys/net/ipv6/conf/default/forwarding": "1\n",
};

export interface Machine {
  readonly host: MemoryHost;
  readonly ports: PreflightPorts;
}

/** Returns a machine that passes all checks of a worker, except for what the seed changes. */
export function machine(
  seed: MemorySeed = {},
  runtimes: ConnectContainerRuntime = memoryContainerRuntimes({ [containerd]: memoryRuntime() }),
): Machine {
  const host = memoryHost({
    ...seed,
    files: { ...goodFiles, ...seed.files },
    commands: {
      kubelet: { stdout: "Kubernetes v1.37.2\n" },
      losetup: {},
      mount: {},
      cp: {},
      ...seed.commands,
    },
    services: { kubelet: { exists: true, enabled: true }, ...seed.services },
    network: { names: { "node-1": ["10.0.0.5"] }, ...seed.network },
  });
  return { host, ports: { ...host, connectContainerRuntime: runtimes } };
}

/** Returns the findings of a run of checks, as upstream would print them. */
export async function told(
  checks: readonly Check[],
  { ports }: Machine,
  ignore: readonly string[] = [],
): Promise<{ readonly lines: readonly string[]; readonly events: readonly Event[]; readonly failure: unknown }> {
  const events: Event[] = [];
  const options = {
    ignore: new Set(ignore),
    ports,
    events: eventsTo(
      (event) => events.push(event),
      () => new Date(0),
    ),
    signal: new AbortController().signal,
  };
  const failure = await runChecks(checks, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  const lines = events.flatMap((event): readonly string[] => {
    switch (event.type) {
      case "check.warned":
        return [`WARNING ${event.check}: ${event.message}`];
      case "preflight.failed":
        return event.findings.map(({ check, message }) => `ERROR ${check}: ${message}`);
      default:
        return [];
    }
  });
  return { lines, events, failure };
}
