import { main } from "../../../src/cli/main.ts";
import {
  type ConnectTransport,
  type HttpRequest,
  type HttpResponse,
  TransportError,
} from "../../../src/cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../../src/cri/container-runtime.ts";
import { type ControlPlane, resources, startControlPlane } from "../../../src/embedded/control-plane/index.ts";
import type { ConnectEtcd } from "../../../src/etcd/etcd.ts";
import { silentEvents } from "../../../src/events/events.ts";
import { writeYaml } from "../../../src/go/yaml/write-yaml.ts";
import { type MemorySeed, memoryHost } from "../../../src/host/memory.ts";
import { coreDnsDeployment } from "../../../src/kubeadm/addons/core-dns-objects.ts";
import { decodeClusterConfiguration } from "../../../src/kubeadm/config/cluster/stored-cluster-configuration.ts";
import { componentPod, controlPlaneComponents } from "../../../src/kubeadm/control-plane/write-component-manifests.ts";
import { memoryPorts } from "../../fixtures/cli/memory-ports.ts";
import { bareMachine, nodeWith } from "../../fixtures/kubeadm/control-plane/control-plane-node.ts";
import type { ReleaseServer } from "./release-server.ts";

export const upgradedFrom = "v1.36.3";

/** A cluster of the version before, by default 1.36.3, with the control plane cp1, and cp1's files. */
export interface OldCluster extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly files: Readonly<Record<string, string>>;
}

export async function startOldCluster(version = upgradedFrom): Promise<OldCluster> {
  const controlPlane = await startControlPlane({ version, encryptionAlgorithm: "ECDSA-P256" });
  const map = controlPlane.storage.get(resources.configMaps, { namespace: "kube-system", name: "kubeadm-config" });
  const { ClusterConfiguration: text = "" } = (map?.["data"] ?? {}) as Readonly<Record<string, string>>;
  const node = {
    ...nodeWith(),
    cluster: decodeClusterConfiguration(text, silentEvents),
  };
  addNode(controlPlane, "cp1", { isControlPlane: true, kubelet: version });
  const manifests = controlPlaneComponents.map((component) => [component, componentPod(component, node, bareMachine)]);
  for (const [name, pod] of manifests as [string, { metadata: object; spec: object }][]) {
    controlPlane.storage.create(resources.pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...pod.metadata, name: `${name}-cp1`, namespace: "kube-system" },
      spec: { ...pod.spec, nodeName: "cp1" },
    });
  }
  controlPlane.storage.create(resources.pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "etcd-cp1",
      namespace: "kube-system",
      labels: { component: "etcd", tier: "control-plane" },
    },
    spec: { nodeName: "cp1", containers: [{ name: "etcd", image: "registry.k8s.io/etcd:3.6.8-0" }] },
  });
  controlPlane.storage.create(resources.deployments, coreDnsOf("v1.14.2"));
  const kubelet = await controlPlane.createKubeconfig({
    commonName: "system:node:cp1",
    organizations: ["system:nodes"],
  });
  return {
    controlPlane,
    files: {
      "/etc/kubernetes/admin.conf": controlPlane.adminKubeconfig,
      "/etc/kubernetes/kubelet.conf": kubelet,
      "/var/lib/kubelet/instance-config.yaml":
        'containerRuntimeEndpoint: "unix:///var/run/containerd/containerd.sock"\n',
      ...Object.fromEntries(
        manifests.map(([name, pod]) => [`/etc/kubernetes/manifests/${name}.yaml`, writeYaml(pod as never)]),
      ),
    },
    [Symbol.asyncDispose]: () => controlPlane.close(),
  };
}

/** The Deployment of CoreDNS, with an image of this tag. */
export function coreDnsOf(tag: string) {
  const deployment = coreDnsDeployment({ image: `registry.k8s.io/coredns/coredns:${tag}`, replicas: 2 });
  return { apiVersion: "apps/v1", kind: "Deployment", ...deployment };
}

/** Adds a Node that is Ready. */
export function addNode(
  controlPlane: ControlPlane,
  name: string,
  { isControlPlane = false, kubelet = upgradedFrom } = {},
): void {
  const labels = isControlPlane ? { "node-role.kubernetes.io/control-plane": "" } : {};
  controlPlane.storage.create(resources.nodes, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: {},
    status: { nodeInfo: { kubeletVersion: kubelet }, conditions: [{ type: "Ready", status: "True" }] },
  });
}

/** Runs a command of `upgrade` on cp1. */
export async function runUpgrade(
  cluster: OldCluster,
  line: string,
  seed: Omit<MemorySeed, "files"> & {
    readonly files?: Readonly<Record<string, string | undefined>>;
    readonly connectContainerRuntime?: ConnectContainerRuntime;
    readonly connectEtcd?: ConnectEtcd;
    /** The space that file systems have left, by their mount points. */
    readonly available?: readonly (readonly [path: string, bytes: number])[];
    /** Whether the outputs are terminals. */
    readonly terminal?: boolean;
    /** Lines that are typed. */
    readonly input?: readonly string[];
    /** Where the labels of releases are looked up; by default nothing answers. */
    readonly releases?: ReleaseServer;
    /** Stands between the program and the API server: answers in its place, or changes what becomes of a request. */
    readonly intercept?: (request: HttpRequest, send: () => Promise<HttpResponse>) => Promise<HttpResponse>;
  } = {},
) {
  const files = Object.entries({ ...cluster.files, ...seed.files }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const host = memoryHost({
    clock: { start: new Date(), automatic: true },
    ...seed,
    files: {
      ...(seed.releases === undefined ? {} : { "/etc/ssl/certs/ca-certificates.crt": seed.releases.caCertificatePem }),
      ...Object.fromEntries(files),
    },
  });
  for (const [path, bytes] of seed.available ?? []) host.files.setAvailable(path, bytes);
  const connectTransport = async (): Promise<ConnectTransport> => (tls) => {
    const inProcess = cluster.controlPlane.connectInProcess(tls);
    const outside = seed.releases?.connect(tls);
    return {
      send: (request, signal) => {
        if (new URL(request.url).hostname === "127.0.0.1") {
          const send = () => inProcess.send(request, signal);
          return seed.intercept === undefined ? send() : seed.intercept(request, send);
        }
        if (outside !== undefined) return outside.send(request, signal);
        throw new TransportError("unreachable", request.url, `Get "${request.url}": dial tcp: network is unreachable`);
      },
      close: () => {
        inProcess.close();
        outside?.close();
      },
    };
  };
  const { connectContainerRuntime, connectEtcd, input = [], terminal = false } = seed;
  const ports = memoryPorts({
    host,
    terminal,
    connectTransport,
    input,
    ...(connectContainerRuntime === undefined ? {} : { connectContainerRuntime: async () => connectContainerRuntime }),
    ...(connectEtcd === undefined ? {} : { connectEtcd: async () => connectEtcd }),
  });
  const status = await main(["upgrade", ...line.split(" ")], ports);
  return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text(), host };
}
