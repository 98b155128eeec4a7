import { manifestsDirectory } from "../paths.ts";
import type { Check } from "./check.ts";
import { directoryAvailable, fileAvailable, fileExists } from "./files.ts";
import { kubernetesVersionCheck } from "./kubernetes-version.ts";
import { findLeftovers } from "./leftovers.ts";
import { cpuCount, memory } from "./machine.ts";
import { httpProxy, httpProxyCidr } from "./network.ts";
import { portAvailable } from "./ports.ts";
import { firewalld } from "./services.ts";
import { kubeletPort } from "./worker-checks.ts";

/** What the checks of a new control plane depend on. */
export interface ControlPlaneToCheck {
  readonly kubernetesVersion: string;
  readonly kubeadmVersion: string;
  readonly advertiseAddress: string;
  readonly bindPort: number;
  /** The component's `bind-address` extra argument, where the cluster has one. */
  readonly bindAddresses: {
    readonly apiServer?: string;
    readonly controllerManager?: string;
    readonly scheduler?: string;
  };
  /** Comma-separated ranges, as in the ClusterConfiguration; may be empty. */
  readonly serviceSubnet: string;
  readonly podSubnet: string;
  readonly etcd: LocalEtcd | ExternalEtcd;
}

export interface LocalEtcd {
  readonly kind: "local";
  readonly dataDirectory: string;
  /** Where it will listen: the API server's `advertise-address` extra argument, or else the advertise address. */
  readonly address: string;
}

export interface ExternalEtcd {
  readonly kind: "external";
  /** CA, certificate and key that have to be here already; empty when they are downloaded. */
  readonly certificateFiles: readonly string[];
}

const schedulerPort = 10259;
const controllerManagerPort = 10257;
const etcdClientPort = 2379;
const etcdPeerPort = 2380;

const staticPods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];

/** The checks of a joining control plane beside those of every node, in upstream's order. */
export function controlPlaneChecks(node: ControlPlaneToCheck): readonly Check[] {
  const { advertiseAddress, bindPort, bindAddresses } = node;
  const manifests = staticPods.map((name) => `${manifestsDirectory}/${name}.yaml`);
  const leftovers = findLeftovers(manifests);
  return [
    cpuCount(2),
    memory(1700),
    kubernetesVersionCheck(node),
    firewalld([bindPort, kubeletPort]),
    portAvailable(bindPort, at(bindAddresses.apiServer)),
    portAvailable(schedulerPort, at(bindAddresses.scheduler)),
    portAvailable(controllerManagerPort, at(bindAddresses.controllerManager)),
    ...manifests.map((path) => fileAvailable(path, leftovers)),
    httpProxy(advertiseAddress),
    ...node.serviceSubnet.split(",").map(httpProxyCidr),
    ...node.podSubnet.split(",").map(httpProxyCidr),
    ...etcdChecks(node.etcd),
  ];
}

function etcdChecks(etcd: LocalEtcd | ExternalEtcd): readonly Check[] {
  if (etcd.kind === "external") {
    return etcd.certificateFiles.map((path) => fileExists(path, "ExternalEtcdClientCertificates"));
  }
  return [
    portAvailable(etcdClientPort, at(etcd.address)),
    portAvailable(etcdPeerPort, at(etcd.address)),
    directoryAvailable(etcd.dataDirectory),
  ];
}

/** An empty address stands for all. */
function at(address: string | undefined): { readonly address?: string } {
  return address === undefined || address === "" ? {} : { address };
}
