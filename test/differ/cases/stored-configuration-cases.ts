// What the ConfigMaps of a cluster may hold, manually, by other programs and by other versions.
import type { DifferCase, GivenEntry } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { clusterVersion, configMap, controlPlaneFiles, oldCluster, upgradeLines } from "./upgrade-world.ts";

type Data = Readonly<Record<string, string>>;

const kubeadm = "kubeadm.k8s.io/v1beta4";

/** What `kubeadm init` stores, with other lines in the place of those that are given; null leaves a line out. */
function cluster(lines: Readonly<Record<string, string | null>> = {}): string {
  const usual = {
    apiServer: "{}",
    apiVersion: kubeadm,
    caCertificateValidityPeriod: "87600h0m0s",
    certificateValidityPeriod: "8760h0m0s",
    certificatesDir: "/etc/kubernetes/pki",
    clusterName: "kubernetes",
    controlPlaneEndpoint: "192.0.2.20:16443",
    controllerManager: "{}",
    dns: "{}",
    encryptionAlgorithm: "ECDSA-P256",
    etcd: "{local: {dataDir: /var/lib/etcd}}",
    imageRepository: "registry.k8s.io",
    kind: "ClusterConfiguration",
    kubernetesVersion: clusterVersion,
    networking: "{dnsDomain: cluster.local, podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}",
    proxy: "{}",
    scheduler: "{}",
  };
  return Object.entries({ ...usual, ...lines })
    .flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}\n`]))
    .join("");
}

const kubeadmConfigs: Readonly<Record<string, string>> = {
  "as usual": cluster(),
  empty: "",
  "an empty object": "{}",
  "a blank": " \n",
  null: "null",
  "a comment": "# nothing\n",
  "a list": "[]",
  "a word": "text",
  "no YAML": "a: b: c\n",
  "a tab": "kind:\tClusterConfiguration\n\tx: 1\n",
  JSON: JSON.stringify({ apiVersion: kubeadm, kind: "ClusterConfiguration", kubernetesVersion: clusterVersion }),
  "broken JSON": `{"apiVersion": "${kubeadm}", "kind": "ClusterConfiguration"`,
  "a separator before it": `---\n${cluster()}`,
  "a second document": `${cluster()}---\napiVersion: ${kubeadm}\nkind: InitConfiguration\n`,
  "no kind": cluster({ kind: null }),
  "no apiVersion": cluster({ apiVersion: null }),
  "neither kind nor apiVersion": cluster({ apiVersion: null, kind: null }),
  "another kind": `apiVersion: ${kubeadm}\nkind: InitConfiguration\n`,
  "an unknown kind": cluster({ kind: "Cluster" }),
  "version v1": cluster({ apiVersion: "kubeadm.k8s.io/v1" }),
  "version v1 with merged arguments": cluster({
    apiVersion: "kubeadm.k8s.io/v1",
    apiServer:
      "{extraArgs: [{name: authorization-mode, value: ',Webhook', mergeMethod: append}, {name: bogus, value: x, mergeMethod: append}]}",
    scheduler: "{extraArgs: [{name: leader-elect, value: x-, mergeMethod: prepend}, {name: v, value: '2'}]}",
    etcd: "{local: {dataDir: /var/lib/etcd, extraArgs: [{name: advertise-client-urls, value: ',https://192.0.2.11:2379', mergeMethod: append}]}}",
  }),
  "version v1beta2": cluster({ apiVersion: "kubeadm.k8s.io/v1beta2" }),
  "version v1beta5": cluster({ apiVersion: "kubeadm.k8s.io/v1beta5" }),
  "a version without its group": cluster({ apiVersion: "v1beta4" }),
  "another group": cluster({ apiVersion: "example.org/v1beta4" }),
  "an unknown field": cluster({ clusterNam: "x" }),
  "a key twice": `${cluster()}clusterName: other\n`,
  "a version that is a number": cluster({ kubernetesVersion: "1.36" }),
  "networking that is a list": cluster({ networking: "[]" }),
  "arguments of v1beta3": cluster({ apiServer: "{extraArgs: {v: '2'}}" }),
  "a gate that is text": cluster({ featureGates: '{x: "true"}' }),
  "a directory that is a number": cluster({ certificatesDir: "5" }),
  "no version": cluster({ kubernetesVersion: null }),
  "a version without v": cluster({ kubernetesVersion: "1.36.3" }),
  "a version of a CI build": cluster({ kubernetesVersion: "ci/v1.36.3-5+abcdef" }),
  "the label of a CI build": cluster({ kubernetesVersion: "ci/latest" }),
  "a label": cluster({ kubernetesVersion: "stable" }),
  "the label of a minor version": cluster({ kubernetesVersion: "stable-1.36" }),
  "a version that is not one": cluster({ kubernetesVersion: "bogus" }),
  "a minor version": cluster({ kubernetesVersion: "v1.36" }),
  "a version of long ago": cluster({ kubernetesVersion: "v1.30.0" }),
  "a newer version": cluster({ kubernetesVersion: "v1.38.0" }),
  "no endpoint": cluster({ controlPlaneEndpoint: null }),
  "an endpoint with port 99999": cluster({ controlPlaneEndpoint: "192.0.2.20:99999" }),
  "an endpoint with port 0": cluster({ controlPlaneEndpoint: "192.0.2.20:0" }),
  "an endpoint with port abc": cluster({ controlPlaneEndpoint: "192.0.2.20:abc" }),
  "an endpoint without a port": cluster({ controlPlaneEndpoint: "k8s.example.org" }),
  "an endpoint that is a URL": cluster({ controlPlaneEndpoint: "https://192.0.2.20:16443" }),
  "an endpoint that is no name": cluster({ controlPlaneEndpoint: "a_b:6443" }),
  "an endpoint without a host": cluster({ controlPlaneEndpoint: '":6443"' }),
  "no networking": cluster({ networking: null }),
  "a subnet of Services that is not one": cluster({ networking: "{serviceSubnet: 10.96.0.0/99}" }),
  "a subnet of Services that is small": cluster({ networking: "{serviceSubnet: 10.96.0.0/30}" }),
  "a subnet of Pods that is not one": cluster({ networking: "{podSubnet: x}" }),
  "subnets of both families": cluster({
    networking: '{podSubnet: "10.244.0.0/16,fd00::/48", serviceSubnet: "10.96.0.0/12,fd01::/112"}',
  }),
  "a domain that is not one": cluster({ networking: "{dnsDomain: a_b, serviceSubnet: 10.96.0.0/12}" }),
  "no directory of certificates": cluster({ certificatesDir: null }),
  "a relative directory of certificates": cluster({ certificatesDir: "pki" }),
  "no registry": cluster({ imageRepository: null }),
  "another registry": cluster({ imageRepository: "registry.example.org/k8s" }),
  "an unknown algorithm": cluster({ encryptionAlgorithm: "RSA-1" }),
  "a negative validity": cluster({ certificateValidityPeriod: "-1h" }),
  "an unknown gate": cluster({ featureGates: "{NoSuchGate: true}" }),
  // One only: upstream names several in the random order of a Go map.
  "a gate of a previous version": cluster({ featureGates: "{PublicKeysECDSA: true}" }),
  "no addons": cluster({ dns: "{disabled: true}", proxy: "{disabled: true}" }),
  "another etcd": cluster({
    etcd: "{external: {endpoints: [https://192.0.2.30:2379], caFile: /x/ca, certFile: /x/crt, keyFile: /x/key}}",
  }),
  "no etcd": cluster({ etcd: null }),
  "arguments of all components": cluster({
    apiServer: "{extraArgs: [{name: v, value: '2'}], certSANs: [a.example.org]}",
    controllerManager: "{extraArgs: [{name: v, value: '3'}]}",
    scheduler: "{extraArgs: [{name: v, value: '4'}]}",
  }),
  "a name that is not one": cluster({ apiServer: "{certSANs: ['a b']}" }),
};

const kubelet = (lines: string) => `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${lines}`;

const kubeletConfigs: Readonly<Record<string, Data>> = {
  "no key": {},
  empty: { kubelet: "" },
  "no YAML": { kubelet: "a: b: c\n" },
  "another kind": { kubelet: "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: Kubelet\n" },
  "another version": { kubelet: "apiVersion: kubelet.config.k8s.io/v1\nkind: KubeletConfiguration\n" },
  "no kind": { kubelet: "clusterDomain: cluster.local\n" },
  "an unknown field": { kubelet: kubelet("maxPod: 5\n") },
  "a field of another type": { kubelet: kubelet("maxPods: many\n") },
  "another DNS address": { kubelet: kubelet("clusterDNS: [10.96.0.99]\nclusterDomain: cluster.local\n") },
  "another domain": { kubelet: kubelet("clusterDNS: [10.96.0.10]\nclusterDomain: example.org\n") },
  "other paths": {
    kubelet: kubelet(
      "staticPodPath: /manifests\nrotateCertificates: false\nauthentication: {anonymous: {enabled: true}}\n",
    ),
  },
};

const proxy = (lines: string) => `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n${lines}`;

const proxyConfigs: Readonly<Record<string, Data>> = {
  "no key": {},
  empty: { "config.conf": "" },
  "no YAML": { "config.conf": "a: b: c\n" },
  "another kind": { "config.conf": "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: Proxy\n" },
  "another version": { "config.conf": "apiVersion: kubeproxy.config.k8s.io/v1\nkind: KubeProxyConfiguration\n" },
  "an unknown field": { "config.conf": proxy("mod: x\n") },
  "a field of another type": { "config.conf": proxy("bindAddress: [1]\n") },
  "another subnet": { "config.conf": proxy("clusterCIDR: 10.1.0.0/16\nmode: nftables\n") },
};

const named = (map: string, contents: Readonly<Record<string, Data>>) =>
  Object.entries(contents).map(
    ([name, data]) => [`${map} with ${name}`, oldCluster({ objects: [configMap(map, data)] })] as const,
  );

const proxyPath = { path: "/api/v1/namespaces/kube-system/configmaps/kube-proxy" };

const worlds = [
  ...named(
    "kubeadm-config",
    Object.fromEntries(Object.entries(kubeadmConfigs).map(([name, text]) => [name, { ClusterConfiguration: text }])),
  ),
  ...named("kubeadm-config", { "no key": {}, "another key": { ClusterStatus: "x", MasterConfiguration: "y" } }),
  ...named("kubelet-config", kubeletConfigs),
  ...named("kube-proxy", proxyConfigs),
  ["no kubeadm-config", oldCluster({ missing: ["configmaps kube-system/kubeadm-config"] })] as const,
  ["no kube-proxy", oldCluster({ missing: ["configmaps kube-system/kube-proxy"] })] as const,
  ["kube-proxy that may not be read", oldCluster({ faults: [{ match: proxyPath, code: 403 }] })] as const,
  ["no kubelet-config", oldCluster({ missing: ["configmaps kube-system/kubelet-config"] })] as const,
];

const files: Readonly<Record<string, GivenEntry>> = controlPlaneFiles;

const joinLine = "<endpoint> --token <token> --discovery-token-ca-cert-hash <pin> --ignore-preflight-errors all";
const joinLines: readonly string[] = [
  `join phase preflight ${joinLine}`,
  `join phase preflight ${joinLine} --control-plane --certificate-key <certificate-key>`,
];

/** What a join makes of a stored configuration: a worker reads it, too. */
function readByJoins(): readonly DifferCase[] {
  return Object.entries(kubeadmConfigs).flatMap(([name, text]) =>
    joinLines.map(
      (line): DifferCase => ({
        name: `stored configuration/kubeadm-config with ${name}/${line}`,
        args: words(line),
        world: {
          apiServer: {
            version: clusterVersion,
            uploadedCertificates: true,
            objects: [configMap("kubeadm-config", { ClusterConfiguration: text })],
          },
          containerRuntime: { images: [], podSandboxes: [] },
        },
        timeoutMs: 30_000,
      }),
    ),
  );
}

export function storedConfigurationCases(): readonly DifferCase[] {
  return [...readByUpgrades(), ...readByJoins()];
}

function readByUpgrades(): readonly DifferCase[] {
  return worlds.flatMap(([name, world]) =>
    upgradeLines.map(
      (line): DifferCase => ({
        name: `stored configuration/${name}/${line}`,
        args: words(line),
        tree: "control-plane",
        files,
        world,
        timeoutMs: 30_000,
      }),
    ),
  );
}
