import { controllerManagerPort, etcdClientPort, etcdPeerPort, kubeletPort, schedulerPort } from "../component-ports.ts";
import type {
  ControlPlaneComponent,
  ExternalEtcd as ExternalEtcdConfiguration,
} from "../config/cluster/cluster-configuration.ts";
import { lastValue } from "../config/fields/node-registration.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { manifestsDirectory } from "../paths.ts";
import { kubernetesVersion } from "../version.ts";
import type { Check } from "./check.ts";
import { directoryAvailable, fileAvailable, fileExists } from "./files.ts";
import type { KeysToCheck } from "./key-algorithm.ts";
import { kubernetesVersionCheck } from "./kubernetes-version.ts";
import { findLeftovers } from "./leftovers.ts";
import { cpuCount, memory } from "./machine.ts";
import { httpProxy, httpProxyCidr } from "./network.ts";
import { portAvailable } from "./ports.ts";
import { firewalld } from "./services.ts";

/** What the checks of a new control plane depend on. */
export interface ControlPlaneToCheck extends KeysToCheck {
  readonly kubernetesVersion: string;
  readonly kubeadmVersion: string;
  readonly advertiseAddress: string;
  readonly bindPort: number;
  /** The component's `bind-address` extra argument, if the cluster sets it. */
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
  /**
   * The address that etcd listens on: the API server's `advertise-address` extra argument, or else the advertise
   * address.
   */
  readonly address: string;
}

export interface ExternalEtcd {
  readonly kind: "external";
  /** CA, certificate and key files that must exist already; empty if they are downloaded. */
  readonly certificateFiles: readonly string[];
}

/**
 * Returns what the checks of a control-plane node depend on; certificates of an external etcd are not checked if they
 * are downloaded later.
 */
export function controlPlaneToCheck(
  { localAPIEndpoint, cluster }: Pick<ControlPlaneNode, "localAPIEndpoint" | "cluster">,
  { downloadsCertificates }: { readonly downloadsCertificates: boolean },
): ControlPlaneToCheck {
  const { advertiseAddress, bindPort } = localAPIEndpoint;
  const { apiServer, controllerManager, scheduler, etcd, networking } = cluster;
  return {
    kubernetesVersion: cluster.kubernetesVersion,
    kubeadmVersion: kubernetesVersion,
    encryptionAlgorithm: cluster.encryptionAlgorithm,
    certificatesDir: cluster.certificatesDir,
    tokenSigners: [
      { component: "kube-apiserver", field: "apiServer", ...gateArguments(apiServer) },
      { component: "kube-controller-manager", field: "controllerManager", ...gateArguments(controllerManager) },
    ],
    advertiseAddress,
    bindPort,
    bindAddresses: {
      apiServer: argumentOf(apiServer, "bind-address"),
      controllerManager: argumentOf(controllerManager, "bind-address"),
      scheduler: argumentOf(scheduler, "bind-address"),
    },
    serviceSubnet: networking.serviceSubnet,
    podSubnet: networking.podSubnet,
    etcd:
      "external" in etcd
        ? { kind: "external", certificateFiles: downloadsCertificates ? [] : certificateFiles(etcd.external) }
        : {
            kind: "local",
            dataDirectory: etcd.local.dataDir,
            address: argumentOf(apiServer, "advertise-address") || advertiseAddress,
          },
  };
}

function certificateFiles({ caFile, certFile, keyFile }: EtcdFiles): readonly string[] {
  return [caFile, certFile, keyFile].filter((file) => file !== "");
}

type EtcdFiles = Pick<ExternalEtcdConfiguration, "caFile" | "certFile" | "keyFile">;

/** Returns the last value of the argument, or "". */
function argumentOf({ extraArgs }: Pick<ControlPlaneComponent, "extraArgs">, name: string): string {
  return lastValue(extraArgs, name) ?? "";
}

function gateArguments(component: Pick<ControlPlaneComponent, "extraArgs">) {
  return {
    gates: argumentOf(component, "feature-gates"),
    compatibility: argumentOf(component, "min-compatibility-version"),
  };
}

const staticPods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];

/** Returns the checks of a joining control plane in addition to those of every node, in upstream's order. */
export function controlPlaneChecks(node: ControlPlaneToCheck): readonly Check[] {
  return [...componentChecks(node), ...etcdChecks(node.etcd)];
}

/** Returns the checks of what control-plane components need, in upstream's order. */
export function componentChecks(node: ControlPlaneToCheck): readonly Check[] {
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
  ];
}

export function etcdChecks(etcd: LocalEtcd | ExternalEtcd): readonly Check[] {
  if (etcd.kind === "external") {
    return etcd.certificateFiles.map((path) => fileExists(path, "ExternalEtcdClientCertificates"));
  }
  return [
    portAvailable(etcdClientPort, at(etcd.address)),
    portAvailable(etcdPeerPort, at(etcd.address)),
    directoryAvailable(etcd.dataDirectory),
  ];
}

/** An empty address means all addresses. */
function at(address: string | undefined): { readonly address?: string } {
  return address === undefined || address === "" ? {} : { address };
}
