import { type Fault, finding } from "../../support/doctor/fault.ts";

const undo = "restart containerd; restart kubelet";
const configuration = "/etc/containerd/config.toml";

/** The container runtime, its images, and the network of Pods. */
export const runtimeFaults: readonly Fault[] = [
  {
    name: "The container runtime is stopped",
    on: "w1",
    inject: "systemctl stop containerd",
    undo,
    finds: finding("runtime-answers", /does not run/),
    inSample: true,
  },
  {
    name: "The container runtime is stopped on a control plane",
    on: "cp1",
    inject: "systemctl stop containerd",
    undo,
    finds: finding("runtime-answers", /does not run/),
  },
  {
    name: "The container runtime is stopped before the join",
    on: "bare",
    inject: "systemctl stop containerd",
    undo: "restart containerd",
    finds: finding("runtime-answers", /does not run/),
  },
  {
    name: "The container runtime's configuration is broken",
    on: "w1",
    inject: `keep ${configuration}; echo 'version = [' >>${configuration}; restart containerd`,
    undo,
    finds: finding("runtime-answers", /does not run/),
  },
  {
    name: "The container runtime does not offer CRI v1",
    on: "w1",
    inject: `change ${configuration} '1a disabled_plugins = ["io.containerd.grpc.v1.cri"]'; restart containerd`,
    undo,
    finds: finding("runtime-answers", /does not offer CRI v1/),
    inSample: true,
  },
  {
    name: "The container runtime hangs",
    on: "w1",
    inject: 'kill -STOP "$(systemctl show containerd -p MainPID --value)"',
    undo: 'kill -CONT "$(systemctl show containerd -p MainPID --value)"',
    finds: finding("runtime-answers", /does not answer in time/),
  },
  {
    name: "The kubelet is told a socket where no runtime is",
    on: "w1",
    inject: "kubelet_field containerRuntimeEndpoint unix:///run/crio/crio.sock",
    undo: "restart kubelet",
    finds: finding("runtime-answers", /\/run\/crio\/crio\.sock/),
  },
  {
    name: "The sandbox image is not there and cannot be pulled",
    on: "w1",
    inject: `change ${configuration} 's|pause:[0-9.]*|pause:9.99|'; restart containerd`,
    undo,
    finds: finding("sandbox-image", /pause:9\.99/),
    inSample: true,
  },
  {
    name: "The sandbox image is not there before the join",
    on: "bare",
    inject: `change ${configuration} 's|pause:[0-9.]*|pause:9.99|'; restart containerd`,
    undo: "restart containerd",
    finds: finding("sandbox-image", /pause:9\.99/),
  },
  {
    name: "No CNI plugin is configured",
    on: "w1",
    inject: "hide /etc/cni/net.d/10-lab.conflist; restart containerd",
    undo,
    finds: finding("pod-network", /No CNI configuration/),
    inSample: true,
  },
  {
    name: "The CNI plugin's configuration is not JSON",
    on: "w1",
    inject: "echo '{' | write /etc/cni/net.d/10-lab.conflist; restart containerd",
    undo,
    finds: finding("pod-network", /10-lab\.conflist is broken/),
  },
  {
    name: "The CNI plugin's program is not installed",
    on: "w1",
    inject: "hide /usr/lib/cni/ptp; restart containerd",
    undo,
    finds: finding("pod-network", /plugin ptp/),
  },
  {
    name: "Neither the kubelet nor the container runtime runs",
    on: "w1",
    inject: "systemctl stop kubelet containerd",
    undo,
    finds: [finding("runtime-answers", /does not run/), finding("kubelet-running", /stopped/)],
  },
];
