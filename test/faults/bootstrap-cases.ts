import { chmodSync, mkdirSync } from "node:fs";
import { type FaultAction, type RequestMatcher, resources } from "../../src/embedded/control-plane/index.ts";
import type { FaultCase } from "./fault-case.ts";
import { proxyTo } from "./servers.ts";
import {
  joinArguments as argumentsOf,
  discoveryFileWithProxy,
  type JoinSettings,
  nodeName,
  type World,
} from "./world.ts";

/** Calls of the API are what fails: they are given up after seconds. */
const joinArguments = (world: World, { timeouts, ...settings }: JoinSettings = {}) =>
  argumentsOf(world, { ...settings, timeouts: { kubernetesAPICall: "3s", ...timeouts } });

/** Requests that match go wrong like this. */
const failing = (match: RequestMatcher, action: FaultAction, settings: JoinSettings = {}) => ({
  arguments: (world: World) => {
    world.controlPlane.faults.add({ match, action });
    return joinArguments(world, settings);
  },
});

/** What a join has written when it waits for the kubelet, and leaves there for anyone who looks why. */
const written = /^\/etc\/kubernetes|^\/var\/lib\/kubelet/;

const reads: readonly FaultCase[] = [
  {
    name: "a token that signs, but is not for authentication",
    arguments: async (world) => {
      const token = await world.controlPlane.createToken({ usages: ["signing"] });
      await new Promise((resolve) => setTimeout(resolve, 100));
      return joinArguments(world, { token, timeouts: { kubernetesAPICall: "30s" } });
    },
    code: "TOKEN_REJECTED",
    error: ["Unauthorized"],
    remedy: ["kubeadm token create"],
    waitsFor: "Unauthorized",
    withinMs: 10_000,
  },
  {
    name: "a token of a group without rights",
    arguments: async (world) => {
      const token = await world.controlPlane.createToken({ groups: ["system:bootstrappers:nobody"] });
      await new Promise((resolve) => setTimeout(resolve, 100));
      return joinArguments(world, { token, timeouts: { kubernetesAPICall: "30s" } });
    },
    code: "CLUSTER_READ_FAILED",
    error: ["is forbidden: User"],
    remedy: [
      "may not read the ConfigMap kube-system/kubeadm-config",
      "system:bootstrappers:kubeadm:default-node-token",
    ],
    waitsFor: "is forbidden: User",
    withinMs: 10_000,
  },
  {
    name: "kubeadm-config that is missing",
    ...failing(
      { resource: "configmaps", name: "kubeadm-config" },
      { kind: "status", code: 404, message: 'configmaps "kubeadm-config" not found' },
    ),
    code: "CLUSTER_READ_FAILED",
    error: ['configmaps "kubeadm-config" not found'],
    remedy: ["kubeadm init phase upload-config all", "A cluster that was not created by kubeadm does not have it"],
    waitsFor: "not found",
    withinMs: 6_000,
  },
  {
    name: "a cluster of a version that is too old",
    ...failing(
      { resource: "configmaps", name: "kubeadm-config" },
      {
        kind: "edit",
        edit: (body) => {
          const data = body["data"] as Record<string, string>;
          const configuration = data["ClusterConfiguration"]?.replace(/v1\.37\.\d+/, "v1.33.1");
          return { ...body, data: { ClusterConfiguration: configuration } };
        },
      },
    ),
    code: "CLUSTER_VERSION_UNSUPPORTED",
    error: ["only supports deploying clusters with the control plane version >= 1.34.0. Current version: v1.33.1"],
    remedy: ["Use kubeadm of the cluster's minor version"],
    withinMs: 6_000,
  },
  {
    name: "kubelet-config that may not be read",
    ...failing({ resource: "configmaps", name: "kubelet-config" }, { kind: "status", code: 403 }),
    code: "CLUSTER_READ_FAILED",
    error: ["could not download the kubelet configuration"],
    remedy: ["may not read the ConfigMap kube-system/kubelet-config"],
    waitsFor: "forbidden",
    withinMs: 6_000,
  },
  {
    name: "a server that fails all through the reads",
    ...failing({ resource: "configmaps", name: "kubeadm-config" }, { kind: "status", code: 503 }),
    code: "CLUSTER_REQUEST_FAILED",
    error: ["unable to handle the request"],
    remedy: ["/readyz?verbose"],
    waitsFor: "unable to handle",
    withinMs: 6_000,
  },
  {
    name: "kube-proxy's configuration does not come",
    ...failing({ resource: "configmaps", name: "kube-proxy" }, { kind: "hang" }),
    code: "DISCOVERY_TIMEOUT",
    error: ["configmaps/kube-proxy", "does not respond to it"],
    remedy: ["API server and its etcd"],
    waitsFor: "does not respond to it",
    withinMs: 6_000,
  },
  {
    name: "kube-proxy's configuration does not come through the proxy of the discovery file",
    arguments: async (world) => {
      world.controlPlane.faults.add({
        match: { resource: "configmaps", name: "kube-proxy" },
        action: { kind: "hang" },
      });
      const proxy = await proxyTo(world.controlPlane.endpoint);
      world.keep(proxy);
      return joinArguments(world, {
        discoveryFile: discoveryFileWithProxy(world, "192.0.2.10:6443", proxy.endpoint),
        isFileAlone: true,
      });
    },
    code: "DISCOVERY_TIMEOUT",
    error: ["configmaps/kube-proxy", "no response yet from 192.0.2.10:6443 through the proxy http://127.0.0.1:"],
    remedy: ["Check that the proxy allows the request"],
    waitsFor: "through the proxy",
    withinMs: 6_000,
  },
  {
    name: "a Node of this name that is Ready",
    arguments: (world) => {
      const time = new Date().toISOString();
      world.controlPlane.storage.create(resources.nodes, {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: nodeName },
        status: {
          conditions: [{ type: "Ready", status: "True", lastTransitionTime: time, lastHeartbeatTime: time }],
          addresses: [{ type: "InternalIP", address: "192.0.2.77" }],
        },
      });
      return joinArguments(world);
    },
    code: "NODE_NAME_TAKEN",
    error: ['Node with name "w1" and status "Ready" already exists'],
    remedy: ["192.0.2.77", "--node-name", "kubectl delete node w1"],
    withinMs: 4_000,
  },
  {
    name: "a cluster-info that names an address where no one is, as that of a virtual address nobody announces",
    world: { controlPlane: { controlPlaneEndpoint: "127.0.0.1:1" } },
    arguments: (world) => joinArguments(world, { endpoint: new URL(world.controlPlane.url).host }),
    code: "CLUSTER_UNREACHABLE",
    error: ["failed to get config map", "dial tcp 127.0.0.1:1: connect: connection refused"],
    remedy: [
      "returned https://127.0.0.1:1",
      "keepalived, kube-vip",
      "correct `server` in the ConfigMap kube-public/cluster-info",
    ],
    waitsFor: "connection refused",
    withinMs: 6_000,
  },
  {
    name: "a server that goes away when the Node of this name is asked for",
    ...failing({ resource: "nodes", verb: "get" }, { kind: "reset" }),
    code: "CLUSTER_UNREACHABLE",
    error: ['cannot get Node "w1"'],
    remedy: ["drops them", "Discovery succeeded"],
    waitsFor: "connection reset",
    withinMs: 6_000,
  },
  {
    name: "the Node of this name cannot be asked for",
    ...failing({ resource: "nodes", verb: "get" }, { kind: "status", code: 503 }),
    code: "CLUSTER_REQUEST_FAILED",
    error: ['cannot get Node "w1"'],
    remedy: ["/readyz?verbose"],
    waitsFor: "unable to handle",
    withinMs: 6_000,
  },
  {
    name: "the answer about the Node of this name does not come",
    ...failing({ resource: "nodes", verb: "get" }, { kind: "hang" }),
    code: "DISCOVERY_TIMEOUT",
    error: ['cannot get Node "w1"', "does not respond to it"],
    remedy: ["API server and its etcd"],
    waitsFor: "does not respond to it",
    withinMs: 6_000,
  },
];

const certificates: readonly FaultCase[] = [
  {
    name: "a certificate signing request that no one approves",
    world: { kubelet: {}, controlPlane: { stoppedControllers: ["csrapproving"] } },
    arguments: (world) => joinArguments(world),
    code: "BOOTSTRAP_CSR_PENDING",
    error: ["is Pending: it waits for approval"],
    remedy: ["kubectl certificate approve csr-", "run the same command again"],
    waitsFor: "is Pending",
    withinMs: 15_000,
    leaves: written,
  },
  {
    name: "a certificate signing request that is denied",
    world: { kubelet: {}, controlPlane: { stoppedControllers: ["csrapproving"] } },
    arguments: (world) => {
      deny(world);
      return joinArguments(world);
    },
    code: "BOOTSTRAP_CSR_DENIED",
    error: ["is denied: NotOurs: ask the network team"],
    remedy: ["kubectl describe csr csr-", "run the same command again"],
    withinMs: 3_000,
  },
  {
    name: "a certificate signing request that is approved and not signed",
    world: { kubelet: {}, controlPlane: { stoppedControllers: ["csrsigning"] } },
    arguments: (world) => joinArguments(world),
    code: "BOOTSTRAP_CSR_NOT_SIGNED",
    error: ["is approved, but kube-controller-manager has not signed it"],
    remedy: ["kube-controller-manager", "--cluster-signing-key-file"],
    waitsFor: "has not signed it",
    withinMs: 15_000,
    leaves: written,
  },
  {
    name: "certificate signing requests that the server refuses",
    world: { kubelet: {} },
    ...failing({ resource: "certificatesigningrequests" }, { kind: "status", code: 500 }),
    code: "BOOTSTRAP_TIMEOUT",
    error: ["kubelet-client-current.pem: no such file", "cannot be read: Internal error"],
    remedy: ["journalctl -xeu kubelet"],
    waitsFor: "cannot be read: Internal error",
    saysWithinMs: 7000,
    withinMs: 15_000,
    leaves: written,
  },
  {
    name: "a kubelet that never asks for its certificate",
    world: { kubelet: { neverBootstrap: true }, controlPlane: { stoppedControllers: ["csrsigning"] } },
    arguments: (world) => joinArguments(world),
    code: "BOOTSTRAP_TIMEOUT",
    error: ["the kubelet has not sent a certificate signing request for system:node:w1 yet"],
    // After the certificate that the join asks for itself, which it gives up after three seconds.
    saysWithinMs: 10_000,
    remedy: ["journalctl -xeu kubelet"],
    waitsFor: "has not sent a certificate signing request",
    withinMs: 15_000,
    leaves: written,
  },
];

const disks: readonly FaultCase[] = [
  {
    name: "a directory for its credentials that may not be written to",
    arguments: (world) => {
      mkdirSync(world.root.inside("/etc/kubernetes"), { mode: 0o555 });
      return joinArguments(world);
    },
    code: "FILE_OPERATION_FAILED",
    error: ["open /etc/kubernetes/bootstrap-kubelet.conf: permission denied"],
    remedy: ["as root", "modes of /etc/kubernetes/bootstrap-kubelet.conf"],
    withinMs: 4_000,
  },
  {
    name: "a directory for the kubelet's files that may not be written to",
    arguments: (world) => {
      chmodSync(world.root.inside("/var/lib/kubelet"), 0o555);
      return joinArguments(world);
    },
    code: "FILE_OPERATION_FAILED",
    // Without a service manager the certificate comes first.
    error: ["error execution phase kubelet-start", "mkdir /var/lib/kubelet/pki: permission denied"],
    remedy: ["as root"],
    withinMs: 4_000,
  },
  {
    name: "a file where a directory has to be",
    arguments: (world) => {
      world.write("/etc/kubernetes", "");
      return joinArguments(world);
    },
    code: "FILE_OPERATION_FAILED",
    error: ["bootstrap-kubelet.conf: not a directory"],
    remedy: ["One of the directories of /etc/kubernetes/bootstrap-kubelet.conf is a file"],
    withinMs: 4_000,
  },
];

/** As an administrator would, as soon as the request is there. */
function deny(world: World): void {
  const { storage } = world.controlPlane;
  const timer = setInterval(() => {
    const [request] = storage.list(resources.certificateSigningRequests);
    if (request === undefined) return;
    clearInterval(timer);
    const condition = { type: "Denied", status: "True", reason: "NotOurs", message: "ask the network team" };
    storage.update(resources.certificateSigningRequests, { name: request.metadata.name }, {}, (current) => ({
      ...current,
      status: { conditions: [condition] },
    }));
  }, 5);
  world.keep({ [Symbol.asyncDispose]: async () => clearInterval(timer) });
}

export const bootstrapCases: readonly FaultCase[] = [...reads, ...certificates, ...disks];
