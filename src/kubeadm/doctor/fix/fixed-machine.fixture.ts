import type { Host } from "../../../host/host.ts";
import { type MemoryHost, memoryHost } from "../../../host/memory.ts";
import { undoFixes } from "./apply-fixes.ts";
import type { FixStep, UndoneStep } from "./fix.ts";
import type { FixPorts } from "./fix-ports.ts";
import { fixRecord } from "./fix-record.ts";

export const pemPath = "/var/lib/kubelet/pki/kubelet-client-2026.pem";
export const pemLinkPath = "/var/lib/kubelet/pki/kubelet-client-current.pem";
export const replacedPath = "/etc/sysctl.d/mine.conf";

const swaps = "Filename\tType\n/dev/sda2 partition\n";
const services = ["kubelet", "containerd"];

/** A machine whose programs do to it what they do on a real one. */
export function machine(): MemoryHost {
  let forwarding = "0";
  const masked = new Set(["kubelet"]);
  const unitChanges: Readonly<Record<string, (service: string) => unknown>> = {
    unmask: (service) => masked.delete(service),
    mask: (service) => masked.add(service),
    enable: (service) => host.services.set(service, { enabled: true }),
    disable: (service) => host.services.set(service, { enabled: false }),
  };
  const host: MemoryHost = memoryHost({
    files: {
      "/proc/swaps": swaps,
      "/dev/sda2": { kind: "other" },
      "/etc/kubernetes/kubelet.conf": { content: "secret", mode: 0o644 },
      [replacedPath]: { content: "\ufeffold\n", mode: 0o640 },
      [pemPath]: { content: "key", mode: 0o644 },
      [pemLinkPath]: { target: pemPath },
    },
    services: {
      kubelet: { exists: true, enabled: false, state: "inactive" },
      containerd: { exists: true, enabled: true, state: "failed" },
    },
    commands: {
      sysctl: ({ argv: [, option, setting = ""] }) => {
        if (option === "-w") forwarding = setting.split("=")[1] ?? "";
        return { stdout: `${forwarding}\n` };
      },
      swapoff: () => {
        host.files.put("/proc/swaps", "Filename\tType\n");
        return {};
      },
      swapon: () => {
        host.files.put("/proc/swaps", swaps);
        return {};
      },
      systemctl: ({ argv: [, verb = "", service = ""] }) => {
        if (unitChanges[verb] === undefined) return { exitCode: 1, stderr: `unknown verb ${verb}` };
        unitChanges[verb](service);
        return {};
      },
    },
  });
  const status: MemoryHost["services"]["status"] = async (service, signal) => ({
    ...(await host.services.status(service, signal)),
    ...(masked.has(service) ? { masked: true } : {}),
  });
  return { ...host, services: { ...host.services, status } };
}

export const portsOf = (host: Pick<Host, "files" | "commands" | "services">): FixPorts => ({
  ...host,
  record: fixRecord(host.files),
  signal: new AbortController().signal,
});

/** Returns all of the machine that fixes change. */
export async function stateOf(host: MemoryHost) {
  const { signal } = new AbortController();
  const { files, commands } = host;
  const modes: Record<string, number | undefined> = {};
  for (const path of [...Object.keys(files.snapshot()), "/etc/sysctl.d/missing", "/var/lib/kubeadm"]) {
    modes[path] = (await files.status(path))?.mode;
  }
  const units = services.map(async (service) => {
    const { state, enabled, masked = false } = await host.services.status(service, signal);
    return { isUp: state === "active", enabled, masked };
  });
  const sysctl = await commands.run(["sysctl", "-n", "net.ipv4.ip_forward"], { signal, timeoutMs: 1_000 });
  return { files: files.snapshot(), modes, units: await Promise.all(units), sysctl: sysctl.stdout };
}

export const fixes: readonly (readonly [string, readonly FixStep[]])[] = [
  ["a service that is started", [{ kind: "start-service", service: "kubelet" }]],
  ["a service that has failed and is started", [{ kind: "start-service", service: "containerd" }]],
  ["a service that is enabled", [{ kind: "enable-service", service: "kubelet" }]],
  ["a service that is unmasked", [{ kind: "unmask-service", service: "kubelet" }]],
  ["a kernel parameter", [{ kind: "set-kernel-parameter", name: "net.ipv4.ip_forward", value: "1" }]],
  ["swap that is turned off", [{ kind: "turn-swap-off", device: "/dev/sda2" }]],
  ["a new file", [{ kind: "write-file", path: "/etc/sysctl.d/new.conf", content: "new\n", mode: 0o644 }]],
  [
    "a new file in a new directory",
    [{ kind: "write-file", path: "/etc/sysctl.d/missing/new.conf", content: "new\n", mode: 0o644 }],
  ],
  ["a file that is replaced", [{ kind: "write-file", path: replacedPath, content: "new\n", mode: 0o644 }]],
  [
    "a file that is replaced twice",
    [
      { kind: "write-file", path: replacedPath, content: "new\n", mode: 0o644 },
      { kind: "write-file", path: replacedPath, content: "newer\n", mode: 0o644 },
    ],
  ],
  ["a file that only root may read", [{ kind: "restrict-file", path: "/etc/kubernetes/kubelet.conf", mode: 0o600 }]],
  [
    "several steps",
    [
      { kind: "unmask-service", service: "kubelet" },
      { kind: "enable-service", service: "kubelet" },
      { kind: "start-service", service: "kubelet" },
      { kind: "set-kernel-parameter", name: "net.ipv4.ip_forward", value: "1" },
    ],
  ],
];

/** Takes back what fixes have changed, and returns what became of each step. */
export async function undone(ports: FixPorts): Promise<readonly UndoneStep[]> {
  const steps: UndoneStep[] = [];
  await undoFixes(ports, (step) => steps.push(step));
  return steps;
}
