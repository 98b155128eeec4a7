import { describe } from "vitest";
import { type Fault, itNamesFirst } from "../../../test/fixtures/kubeadm/doctor/faults.ts";
import { ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { encodeJournal, type Journal } from "../../journal/journal.ts";
import { journalPath } from "../../journal/places.ts";

const interruptedJoin: Journal = {
  version: 1,
  run: { command: "join", role: "worker", nodeName: "w1", target: "api.example:6443", configuration: {} },
  program: "kubeadm",
  startedAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:05Z",
  phases: [
    { name: "preflight", state: "done" },
    { name: "kubelet-start", state: "running" },
  ],
  files: [],
  services: [],
  objects: [],
};

const machineFaults: readonly Fault[] = [
  {
    name: "a join was killed before it had written kubelet.conf",
    inject: ({ files }) => {
      files[journalPath] = encodeJournal(interruptedJoin);
      delete files["/etc/kubernetes/kubelet.conf"];
      delete files["/var/lib/kubelet/config.yaml"];
    },
    first: "unfinished-run",
    says: /kubeadm join of this machine as w1 was interrupted in the phase kubelet-start/,
  },
  {
    name: "a join has failed",
    inject: ({ files }) => {
      files[journalPath] = encodeJournal({ ...interruptedJoin, failure: "TOKEN_REJECTED" });
    },
    first: "unfinished-run",
    says: /failed with TOKEN_REJECTED/,
  },
  {
    name: "the record of an unfinished run is damaged",
    inject: ({ files }) => {
      files[journalPath] = encodeJournal(interruptedJoin).slice(0, 200);
    },
    first: "unfinished-run",
    says: /record of an unfinished run cannot be used/,
  },
  {
    name: "swap is on",
    inject: ({ files }) => {
      files["/proc/swaps"] = "Filename\tType\n/dev/sda2 partition 1 0 -2\n";
    },
    first: "swap",
    says: /swap is on \(\/dev\/sda2\), and failSwapOn is true by default/,
  },
  {
    name: "the kernel has only cgroup v1, which the kubelet refuses",
    inject: ({ files }) => {
      files["/proc/mounts"] = "cgroup /sys/fs/cgroup cgroup rw 0 0\n";
      files["/proc/cgroups"] = "#subsys_name\n".concat(
        ..."cpu cpuacct cpuset devices freezer memory pids hugetlb blkio"
          .split(" ")
          .map((name) => `${name}\t1\t1\t1\n`),
      );
    },
    first: "cgroups",
    says: /uses cgroup v1, and failCgroupV1 is true by default/,
  },
  {
    name: "a cgroup controller is missing",
    inject: ({ files }) => {
      files["/sys/fs/cgroup/cgroup.controllers"] = "cpuset cpu io hugetlb pids\n";
    },
    first: "cgroups",
    says: /missing required cgroups: memory/,
  },
  {
    name: "packets are not forwarded",
    inject: ({ files }) => {
      files["/proc/sys/net/ipv4/ip_forward"] = "0\n";
    },
    first: "packet-forwarding",
    says: /does not forward packets/,
  },
  {
    name: "the clock is an hour behind",
    inject: ({ api }) => {
      api["/readyz"] = { body: "ok", date: new Date(Date.now() + 3_630_000) };
    },
    first: "clock",
    says: /clock is 60m behind the API server's/,
  },
];

const runtimeFaults: readonly Fault[] = [
  {
    name: "the container runtime does not run",
    inject: ({ runtime, services }) => {
      const error = new ContainerRuntimeError("unavailable", "connection refused");
      for (const method of ["status", "checkImageService", "cgroupDriver"] as const)
        runtime.failures.set(method, error);
      services["containerd"] = { exists: true, state: "failed", journal: ["containerd: failed to load TOML"] };
    },
    first: "runtime-answers",
    says: /is not running: nothing responds at \/run\/containerd\/containerd.sock/,
  },
  {
    name: "the container runtime has no CRI v1",
    inject: ({ files, runtime }) => {
      files["/etc/containerd/config.toml"] = 'disabled_plugins = ["cri"]\n';
      const error = new ContainerRuntimeError("unimplemented", "unknown service runtime.v1.RuntimeService");
      for (const method of ["status", "checkImageService", "cgroupDriver"] as const)
        runtime.failures.set(method, error);
    },
    first: "runtime-answers",
    says: /does not offer CRI v1/,
  },
  {
    name: "the container runtime is not ready",
    inject: ({ runtime }) => {
      runtime.conditions[0] = { type: "RuntimeReady", status: false, reason: "Booting", message: "not yet" };
    },
    first: "runtime-ready",
    says: /Booting not yet/,
  },
  {
    name: "runtime and kubelet use different cgroup drivers",
    inject: ({ runtime }) => {
      runtime.cgroupDriver = "unimplemented";
      const runc = { runtimeType: "io.containerd.runc.v2", options: { SystemdCgroup: false } };
      const containerd = { defaultRuntimeName: "runc", runtimes: { runc } };
      runtime.info["config"] = JSON.stringify({ containerd, sandboxImage: "registry.k8s.io/pause:3.10.2" });
    },
    first: "cgroup-driver",
    says: /runtime uses the cgroup driver cgroupfs, the kubelet will use systemd/,
  },
  {
    name: "the sandbox image is not there",
    inject: ({ runtime }) => runtime.images.clear(),
    first: "sandbox-image",
    says: /pause:3\.10\.2, is missing/,
    state: "warning",
  },
  {
    name: "the sandbox image is not there and cannot be pulled",
    inject: ({ runtime, services }) => {
      runtime.images.clear();
      const line =
        'E1126 1 "RunPodSandbox from runtime service failed" err="failed to get sandbox image "registry.k8s.io/pause:3.10.2""';
      services["kubelet"] = { ...services["kubelet"], journal: [line] };
    },
    first: "sandbox-image",
    says: /cannot be pulled: no Pod starts/,
  },
  {
    name: "there is no CNI configuration",
    inject: ({ files, runtime }) => {
      delete files["/etc/cni/net.d/10-net.conflist"];
      runtime.conditions[1] = { type: "NetworkReady", status: false, reason: "NetworkPluginNotReady", message: "cni" };
    },
    first: "pod-network",
    says: /No CNI configuration is in \/etc\/cni\/net.d/,
  },
  {
    name: "the CNI configuration is not JSON",
    inject: ({ files, runtime }) => {
      files["/etc/cni/net.d/10-net.conflist"] = "{ plugins: ";
      runtime.conditions[1] = { type: "NetworkReady", status: false, reason: "NetworkPluginNotReady", message: "cni" };
    },
    first: "pod-network",
    says: /10-net.conflist is broken: it is not JSON/,
  },
  {
    name: "a CNI plugin is not installed",
    inject: ({ files }) => {
      delete files["/opt/cni/bin/host-local"];
    },
    first: "pod-network",
    says: /The CNI plugin host-local, which .* names, is not installed/,
  },
];

describe("a fault of the machine", () => itNamesFirst(machineFaults));
describe("a fault of the container runtime", () => itNamesFirst(runtimeFaults));
