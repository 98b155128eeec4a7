/**
 * Which files of ours do what a package of upstream's does. The first row counts whose package is the given one or contains
 * it; so the more special ones are first.
 */
export const packages: readonly (readonly [upstream: string, ours: readonly string[]])[] = [
  ["kubeadm/apis/bootstraptoken", ["src/kubeadm/config/fields/bootstrap-token.ts"]],
  [
    "kubeadm/apis/kubeadm/validation",
    [
      "src/kubeadm/config/cluster/validate-cluster-configuration.ts",
      "src/kubeadm/config/join/validate-join-configuration.ts",
    ],
  ],
  [
    "kubeadm/apis/kubeadm/v1beta4",
    ["src/kubeadm/config/versions/v1beta4.ts", "src/kubeadm/config/reference/kubeadm-reference.ts"],
  ],
  ["kubeadm/apis/kubeadm", ["src/kubeadm/config/versions", "src/kubeadm/config/fields"]],
  ["kubeadm/apis/output", ["src/cli/print", "src/cli/commands"]],
  ["kubeadm/apis", ["src/kubeadm/config"]],
  ["kubeadm/cmd/alpha", ["src/cli/commands/alpha.ts"]],
  ["kubeadm/cmd/options", ["src/kubeadm/flags"]],
  ["kubeadm/cmd/phases/init", ["src/phases/init"]],
  ["kubeadm/cmd/phases/join", ["src/phases/join"]],
  ["kubeadm/cmd/phases/reset", ["src/phases/reset"]],
  ["kubeadm/cmd/phases/upgrade", ["src/phases/upgrade"]],
  ["kubeadm/cmd/phases/workflow", ["src/workflow"]],
  ["kubeadm/cmd/phases", ["src/phases"]],
  ["kubeadm/cmd/upgrade", ["src/cli/commands/upgrade", "src/phases/upgrade"]],
  ["kubeadm/cmd", ["src/cli/commands"]],
  ["kubeadm/componentconfigs", ["src/kubeadm/config/components", "src/kubeadm/kubelet/kubelet-configuration.ts"]],
  ["kubeadm/constants", ["src/kubeadm/paths.ts", "src/kubernetes/minors", "src/kubeadm/component-ports.ts"]],
  ["kubeadm/discovery/file", ["src/kubeadm/discovery/file-discovery.ts"]],
  [
    "kubeadm/discovery/https",
    ["src/kubeadm/discovery/download-kubeconfig.ts", "src/kubeadm/discovery/remote-document.ts"],
  ],
  ["kubeadm/discovery/token", ["src/kubeadm/discovery/token-discovery.ts"]],
  ["kubeadm/discovery", ["src/kubeadm/discovery/discover.ts"]],
  ["kubeadm/features", ["src/kubeadm/config/fields/feature-gates.ts", "src/kubeadm/config/fields/removed-gates.ts"]],
  ["kubeadm/images", ["src/kubeadm/images"]],
  ["kubeadm/phases/addons/dns", ["src/kubeadm/addons/core-dns.ts", "src/kubeadm/addons/core-dns-objects.ts"]],
  ["kubeadm/phases/addons/proxy", ["src/kubeadm/addons/kube-proxy.ts", "src/kubeadm/addons/kube-proxy-objects.ts"]],
  ["kubeadm/phases/addons", ["src/kubeadm/addons"]],
  ["kubeadm/phases/bootstraptoken/clusterinfo", ["src/kubeadm/cluster-objects/cluster-info.ts"]],
  [
    "kubeadm/phases/bootstraptoken",
    ["src/kubeadm/cluster-objects/bootstrap-policy.ts", "src/kubeadm/cluster-objects/write-token.ts"],
  ],
  ["kubeadm/phases/certs/renewal", ["src/kubeadm/certificates/renew-certificate.ts"]],
  ["kubeadm/phases/certs", ["src/kubeadm/certificates"]],
  ["kubeadm/phases/controlplane", ["src/kubeadm/control-plane"]],
  [
    "kubeadm/phases/copycerts",
    ["src/kubeadm/cluster-objects/upload-certificates.ts", "src/kubeadm/cluster-objects/download-certificates.ts"],
  ],
  ["kubeadm/phases/etcd", ["src/kubeadm/control-plane/etcd-pod.ts"]],
  ["kubeadm/phases/kubeconfig", ["src/kubeadm/kubeconfig"]],
  ["kubeadm/phases/kubelet", ["src/kubeadm/kubelet"]],
  ["kubeadm/phases/markcontrolplane", ["src/kubeadm/cluster-objects/mark-control-plane.ts"]],
  ["kubeadm/phases/patchnode", ["src/kubeadm/kubelet/instance-socket.ts"]],
  ["kubeadm/phases/upgrade", ["src/kubeadm/upgrade"]],
  ["kubeadm/phases/uploadconfig", ["src/kubeadm/cluster-objects/upload-configuration.ts"]],
  ["kubeadm/preflight", ["src/kubeadm/preflight"]],
  ["kubeadm/util/apiclient", ["src/cluster", "src/kubeadm/cluster-objects/write-objects.ts"]],
  ["kubeadm/util/certs", ["src/kubeadm/certificates"]],
  ["kubeadm/util/config", ["src/kubeadm/config/documents", "src/kubeadm/cluster-objects/read-cluster-state.ts"]],
  ["kubeadm/util/crypto", ["src/kubeadm/cluster-objects/sealed-value.ts"]],
  ["kubeadm/util/dryrun", ["src/host/dry-run.ts", "src/phases/dry-run-machine.ts"]],
  ["kubeadm/util/errors", ["src/errors"]],
  ["kubeadm/util/etcd", ["src/kubeadm/etcd", "src/etcd"]],
  ["kubeadm/util/files", ["src/host/copy-file.ts"]],
  ["kubeadm/util/image", ["src/kubernetes/image-name.ts"]],
  ["kubeadm/util/initsystem", ["src/host/service-manager.ts", "src/host/local/services.ts"]],
  ["kubeadm/util/kubeconfig", ["src/kubeadm/kubeconfig"]],
  ["kubeadm/util/output", ["src/cli/print"]],
  ["kubeadm/util/patches", ["src/kubeadm/patches"]],
  ["kubeadm/util/pkiutil", ["src/pki", "src/kubeadm/certificates"]],
  ["kubeadm/util/pubkeypin", ["src/kubeadm/config/fields/ca-pin.ts"]],
  ["kubeadm/util/runtime", ["src/cri", "src/kubeadm/preflight/container-runtime.ts"]],
  ["kubeadm/util/staticpod", ["src/kubeadm/control-plane/static-pod.ts"]],
  ["kubeadm/util/users", ["src/kubeadm/config/fields/removed-gates.ts"]],
  ["kubeadm/util", ["src/kubeadm/control-plane/component-arguments.ts", "src/kubeadm/releases", "src/addresses"]],
  ["kubeadm", ["src/cli"]],
  ["github.com/coredns/corefile-migration", ["src/kubeadm/core-dns/corefile-changes.ts"]],
  ["k8s.io/system-validators", ["src/kubeadm/preflight/system-verification", "src/kubernetes/minors"]],
];

/** Returns the package of a name in the sources: what precedes the first point or colon of its last element. */
export function packageOf(name: string): string {
  const [path = ""] = name.split(/: "|\[/);
  const elements = path.split("/");
  const last = elements.pop() ?? "";
  return [...elements, last.split(/[.:]/)[0] ?? ""].join("/");
}

/** Returns our files for a package of upstream's; undefined if no row has it. */
export function filesForPackage(upstream: string): readonly string[] | undefined {
  return packages.find(([each]) => upstream === each || upstream.startsWith(`${each}/`))?.[1];
}
