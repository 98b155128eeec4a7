import { type ClusterVersion, stagingVersion } from "../versions.ts";
import type { GoPart } from "./go-part.ts";

/** In the order in which others wait for them. */
const KUBERNETES_PROGRAMS = [
  "kubeadm",
  "kubectl",
  "kubelet",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
] as const;

/** Upstream's suites of tests for kubeadm: of its command line, and of the clusters that it makes. */
const SUITES = {
  "kubeadm-command-suite": "cmd/kubeadm/test/cmd",
  "kubeadm-cluster-suite": "test/e2e_kubeadm",
} as const;

export type KubernetesSuite = keyof typeof SUITES;

export type KubernetesProgram = (typeof KUBERNETES_PROGRAMS)[number];
export type PartName = KubernetesProgram | "containerd" | "etcd" | "etcdctl" | "coredns";

/**
 * Modules that a release requires in a version that Go's module proxy refuses. Programs that need one without another
 * version cannot be built.
 */
const SUBSTITUTES: Readonly<Record<string, GoPart["substitutes"]>> = {
  "1.38.0-beta.0": {
    "sigs.k8s.io/structured-merge-diff/v7": "7.0.0",
    "k8s.io/apiextensions-api": undefined,
    "k8s.io/ktesting": undefined,
    "sigs.k8s.io/iptables-wrappers": undefined,
  },
};

/** The part of a package of Kubernetes' own module. */
function kubernetesPart(kubernetes: string, name: string, folder: string): GoPart {
  const [major = "", minor = ""] = kubernetes.split(".");
  // Without these flags the programs report version v0.0.0 and refuse each other because of it.
  const linkerFlags = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((place) => [
    `-X ${place}.gitVersion=v${kubernetes}`,
    `-X ${place}.gitMajor=${major}`,
    `-X ${place}.gitMinor=${minor}`,
    `-X ${place}.gitTreeState=clean`,
  ]);
  return {
    name,
    version: kubernetes,
    module: "k8s.io/kubernetes",
    programs: { [name]: `k8s.io/kubernetes/${folder}` },
    linkerFlags,
    siblingVersion: stagingVersion(kubernetes),
    substitutes: SUBSTITUTES[kubernetes],
  };
}

/** A suite of a release. Not every release has each of them. */
export function suitePart(kubernetes: string, suite: KubernetesSuite): GoPart {
  return { ...kubernetesPart(kubernetes, suite, SUITES[suite]), tests: true };
}

/** All Go parts of one version. */
export function goParts(version: ClusterVersion): ReadonlyMap<PartName, GoPart> {
  const { kubernetes, etcd, containerd, coredns } = version;
  const parts = new Map<PartName, GoPart>();
  for (const program of KUBERNETES_PROGRAMS) {
    parts.set(program, kubernetesPart(kubernetes, program, `cmd/${program}`));
  }
  const containerdModule = "github.com/containerd/containerd/v2";
  parts.set("containerd", {
    name: "containerd",
    version: containerd,
    module: containerdModule,
    programs: Object.fromEntries(
      ["containerd", "containerd-shim-runc-v2", "ctr"].map((program) => [
        program,
        `${containerdModule}/cmd/${program}`,
      ]),
    ),
    linkerFlags: [`-X ${containerdModule}/version.Version=v${containerd}`],
  });
  for (const [name, module] of [
    ["etcd", "go.etcd.io/etcd/server/v3"],
    ["etcdctl", "go.etcd.io/etcd/etcdctl/v3"],
  ] as const) {
    parts.set(name, { name, version: etcd, module, programs: { [name]: module } });
  }
  const corednsModule = "github.com/coredns/coredns";
  parts.set("coredns", {
    name: "coredns",
    version: coredns,
    module: corednsModule,
    programs: { coredns: corednsModule },
  });
  return parts;
}
