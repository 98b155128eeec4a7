import { describe, expect, it } from "vitest";
import { machine, told } from "../../../test/fixtures/kubeadm/preflight/preflight.ts";
import type { MemorySeed } from "../../host/memory.ts";
import { type ControlPlaneToCheck, controlPlaneChecks } from "./control-plane-checks.ts";

const node: ControlPlaneToCheck = {
  kubernetesVersion: "v1.37.0",
  encryptionAlgorithm: "RSA-2048",
  certificatesDir: "/etc/kubernetes/pki",
  tokenSigners: [],
  kubeadmVersion: "v1.37.2",
  advertiseAddress: "10.0.0.5",
  bindPort: 6443,
  bindAddresses: {},
  serviceSubnet: "10.96.0.0/12",
  podSubnet: "10.244.0.0/16,fd00::/48",
  etcd: { kind: "local", dataDirectory: "/var/lib/etcd", address: "10.0.0.5" },
};

const external: ControlPlaneToCheck["etcd"] = { kind: "external", certificateFiles: ["/a/ca.crt", "/a/client.key"] };

async function linesOf(seed: MemorySeed, more: Partial<ControlPlaneToCheck> = {}): Promise<readonly string[]> {
  return (await told(controlPlaneChecks({ ...node, ...more }), machine(seed))).lines;
}

describe("the checks of a joining control plane", () => {
  it("are upstream's, in upstream's order, and a good machine passes them all", async () => {
    const checks = controlPlaneChecks(node);
    expect((await told(checks, machine())).lines).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      "NumCPU",
      "Mem",
      "KubernetesVersion",
      "Firewalld",
      "Port-6443",
      "Port-10259",
      "Port-10257",
      "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
      "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml",
      "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
      "FileAvailable--etc-kubernetes-manifests-etcd.yaml",
      "HTTPProxy",
      "HTTPProxyCIDR",
      "HTTPProxyCIDR",
      "HTTPProxyCIDR",
      "Port-2379",
      "Port-2380",
      "DirAvailable--var-lib-etcd",
    ]);
  });

  it.each<[what: string, seed: MemorySeed, more: Partial<ControlPlaneToCheck>, expected: string[]]>([
    [
      "a small machine",
      { machine: { cpus: 1, memoryBytes: 1_699 * 1024 ** 2 + 5 } },
      {},
      [
        "ERROR NumCPU: the number of available CPUs 1 is less than the required 2",
        "ERROR Mem: the system RAM (1699 MB) is less than the minimum 1700 MB",
      ],
    ],
    [
      "a newer cluster, a pre-release of it included",
      {},
      { kubernetesVersion: "v1.38.0-alpha.1" },
      [
        "WARNING KubernetesVersion: Kubernetes version is greater than kubeadm version. Please consider to upgrade kubeadm. " +
          "Kubernetes version: 1.38.0-alpha.1. Kubeadm version: 1.37.x",
      ],
    ],
    [
      "a version that is not one",
      {},
      { kubernetesVersion: "latest" },
      ['ERROR KubernetesVersion: couldn\'t parse Kubernetes version "latest": could not parse "latest" as version'],
    ],
    [
      "a firewall",
      { services: { firewalld: { exists: true, state: "active" } } },
      {},
      [
        "WARNING Firewalld: firewalld is active, please ensure ports [6443 10250] are open or your cluster may not function " +
          "correctly",
      ],
    ],
    [
      "ports in use",
      { network: { portsInUse: [7443, 2380] } },
      { bindPort: 7443 },
      ["ERROR Port-7443: Port 7443 is in use", "ERROR Port-2380: Port 2380 is in use"],
    ],
    [
      "manifests and data of an earlier control plane",
      { files: { "/etc/kubernetes/manifests/etcd.yaml": "", "/var/lib/etcd/member/snap": "" } },
      {},
      [
        "ERROR FileAvailable--etc-kubernetes-manifests-etcd.yaml: /etc/kubernetes/manifests/etcd.yaml already exists",
        "ERROR DirAvailable--var-lib-etcd: /var/lib/etcd is not empty",
      ],
    ],
    [
      "a proxy before Services and Pods",
      { machine: { environment: { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "10.0.0.0/24,fd00::/16" } } },
      { podSubnet: "10.244.0.0/16,fd00::/48,not" },
      [
        'WARNING HTTPProxyCIDR: connection to "10.96.0.0/12" uses proxy "http://proxy:3128". This may lead to malfunctional ' +
          "cluster setup. Make sure that Pod and Services IP ranges specified correctly as exceptions in proxy configuration",
        'WARNING HTTPProxyCIDR: connection to "10.244.0.0/16" uses proxy "http://proxy:3128". This may lead to malfunctional ' +
          "cluster setup. Make sure that Pod and Services IP ranges specified correctly as exceptions in proxy configuration",
        'ERROR HTTPProxyCIDR: error parsing CIDR "not": invalid CIDR address: not',
      ],
    ],
    [
      "missing certificates for an external etcd",
      { files: { "/a/ca.crt": "" }, network: { portsInUse: [2379] } },
      { etcd: external },
      ["ERROR ExternalEtcdClientCertificates: /a/client.key doesn't exist"],
    ],
  ])("tell in upstream's words of %s", async (_, seed, more, expected) => {
    expect(await linesOf(seed, more)).toEqual(expected);
  });
});
