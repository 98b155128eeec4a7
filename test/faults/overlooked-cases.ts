// Joins that fail on a machine of which preflight knew, or would have known, what is wrong.
import type { FaultCase } from "./fault-case.ts";
import { joinArguments } from "./world.ts";

/** What a join has written when it waits for the kubelet. */
const written = /^\/etc\/kubernetes|^\/var\/lib\/kubelet/;

export const overlookedCases: readonly FaultCase[] = [
  {
    name: "a machine whose preflight findings were ignored",
    arguments: (world) => {
      world.write("/proc/sys/net/ipv4/ip_forward", "0\n", 0o644);
      return [...joinArguments(world), "--ignore-preflight-errors=all"];
    },
    checksEverything: true,
    code: "KUBELET_UNHEALTHY",
    error: ["connection refused"],
    remedy: [
      "Start the kubelet with the files",
      "Preflight found this, but --ignore-preflight-errors ignored it: [IsPrivilegedUser]",
      "[FileContent--proc-sys-net-ipv4-ip_forward] /proc/sys/net/ipv4/ip_forward contents are not set to 1",
    ],
    withinMs: 15_000,
    leaves: written,
  },
  {
    name: "a machine whose preflight was skipped",
    arguments: (world) => [...joinArguments(world), "--skip-phases=preflight"],
    code: "KUBELET_UNHEALTHY",
    error: ["connection refused"],
    remedy: ["Preflight was skipped", "run `kubeadm join phase preflight` with the same arguments"],
    withinMs: 15_000,
    leaves: written,
  },
];
