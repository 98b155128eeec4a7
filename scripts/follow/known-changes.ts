// What is known to have changed between versions, by reading both. `npm run follow` has to find it: --prove.
import type { Area } from "./areas.ts";
import { type Change, signOf } from "./compare.ts";

export interface KnownChange {
  readonly what: string;
  /** The change that shows it, by area, sign (new, gone, different) and name. */
  readonly shown: readonly [area: Area, sign: "+" | "-" | "~", name: RegExp];
}

export const knownChanges: Readonly<Record<string, readonly KnownChange[]>> = {
  "1.36.3 → 1.37.2": [
    {
      what: "kubeadm.k8s.io/v1beta3 is no longer read",
      shown: ["fields", "-", /^kubeadm\/apis\/kubeadm\/v1beta3\.ClusterConfiguration\./],
    },
    {
      what: "the error for v1beta3 names kubeadm 1.36",
      shown: ["output", "+", /^stderr: .*old API spec: "kubeadm\.k8s\.io\/v1beta3".*kubeadm v<minor-1> instead/],
    },
    {
      what: "the data of the minor version names who converts v1beta3",
      shown: ["constants", "+", /^minor: lastReaders\.kubeadm\.k8s\.io\/v1beta3/],
    },
    {
      what: "the warning for v1beta3 as deprecated is gone",
      shown: ["output", "-", /^stderr: .*deprecated API spec: "kubeadm\.k8s\.io\/v1beta3"/],
    },
    { what: "kubeadm.k8s.io/v1 is new", shown: ["fields", "+", /^kubeadm\/apis\/kubeadm\/v1\.ClusterConfiguration\./] },
    {
      what: "kubeadm.k8s.io/v1 is refused as experimental",
      shown: ["output", "+", /^stderr: .*experimental API spec: "kubeadm\.k8s\.io\/v1"/],
    },
    {
      what: "arguments have a mergeMethod in v1",
      shown: ["fields", "+", /^kubeadm\/apis\/kubeadm\/v1\.Arg\.MergeMethod$/],
    },
    { what: "a bad mergeMethod is refused", shown: ["texts", "+", /argument has an invalid merge method/] },
    { what: "the feature gate PublicKeysECDSA is gone", shown: ["gates", "-", /^kubeadm: PublicKeysECDSA$/] },
    { what: "the feature gate NodeLocalCRISocket is gone", shown: ["gates", "-", /^kubeadm: NodeLocalCRISocket$/] },
    {
      what: "--feature-gates offers only RootlessControlPlane",
      shown: ["flags", "~", /^kubeadm init --feature-gates$/],
    },
    {
      what: "kubeproxydaemonset is a target of patches",
      shown: ["constants", "+", /^kubeadm\/util\/patches\.KubeProxyDaemonSet$/],
    },
    { what: "--patches names kubeproxydaemonset", shown: ["flags", "~", /^kubeadm init --patches$/] },
    {
      what: "upgrade apply phase addon kube-proxy takes --patches",
      shown: ["flags", "+", /^kubeadm upgrade apply phase addon kube-proxy --patches$/],
    },
    {
      what: "patches are applied to kube-proxy's DaemonSet",
      shown: ["code", "+", /^kubeadm\/phases\/addons\/proxy\.applyKubeProxyDaemonSetPatches$/],
    },
    {
      what: "the checks of ports listen on the configured addresses",
      shown: ["checks", "~", /^kubeadm\/preflight\.PortOpenCheck$/],
    },
    {
      what: "the checks of a control plane get these addresses",
      shown: ["code", "~", /^kubeadm\/preflight\.InitNodeChecks$/],
    },
    { what: "mode: iptables is written for kube-proxy", shown: ["defaults", "~", /^KubeProxyConfiguration\.mode$/] },
    { what: "the mode ipvs is said to be deprecated", shown: ["texts", "+", /deprecated since version v1\.35/] },
    {
      what: "the cluster's kubelet configuration has no node's settings",
      shown: ["code", "~", /^kubeadm\/phases\/kubelet\.WriteConfigToDisk$/],
    },
    { what: "the client of etcd does not block on dialing", shown: ["code", "~", /^kubeadm\/util\/etcd\./] },
    { what: "the image of etcd is 3.7.0-0", shown: ["images", "~", /^registry\.k8s\.io\/etcd, own$/] },
    {
      what: "etcd 3.7.0-0 is used for all supported minor versions",
      shown: ["constants", "~", /^minor: etcdOfMinors\.36$/],
    },
    { what: "the image of CoreDNS is 1.14.6", shown: ["images", "~", /^registry\.k8s\.io\/coredns\/coredns, own$/] },
    {
      what: "Corefile migration knows CoreDNS 1.14.6",
      shown: ["constants", "+", /corefile-migration\.Versions\["1\.14\.6"\]$/],
    },
    { what: "HTTPS discovery refuses other statuses than 200", shown: ["texts", "+", /received status %d/] },
    {
      what: "a current-context that is not in the list is a clear error",
      shown: ["texts", "+", /set as current-context, but not found in context list/],
    },
    {
      what: "the fallback for the cgroup driver is announced for another version",
      shown: ["texts", "+", /kubelet config will be removed in 1\.38/],
    },
    {
      what: "the runtime's socket comes from the instance configuration or is detected",
      shown: ["texts", "+", /lacks a kubelet instance config file/],
    },
    {
      what: "a stored configuration of v1beta3 is not read",
      shown: ["code", "~", /^kubeadm\/apis\/kubeadm\/scheme\.AddToScheme$/],
    },
    {
      what: "init writes the instance configuration whatever feature gates are set",
      shown: ["code", "~", /^kubeadm\/cmd\/phases\/init\.runKubeletStart$/],
    },
    {
      what: "the annotation cri-socket is not touched",
      shown: ["code", "-", /^kubeadm\/phases\/patchnode\.RemoveCRISocketAnnotation$/],
    },
    {
      what: "a missing instance configuration is made from the detected socket",
      shown: ["texts", "+", /instance configuration file %s was not found/],
    },
    {
      what: "dryRun in the file ends upgrade apply with the line of a dry run",
      shown: ["code", "~", /^kubeadm\/cmd\/upgrade\.newCmdApply$/],
    },
    {
      what: "dryRun in the file ends upgrade node with the line of a dry run",
      shown: ["code", "~", /^kubeadm\/cmd\/upgrade\.newCmdNode$/],
    },
    {
      what: "no runtime endpoint is written to the kubelet's flags",
      shown: ["code", "~", /^kubeadm\/phases\/kubelet\.buildKubeletArgs/],
    },
    {
      what: "keys of different kinds are an error",
      shown: ["texts", "+", /the public key file .* is not in .* format/],
    },
    { what: "etcd has lost the flags --experimental-…", shown: ["componentFlags", "-", /^etcd --experimental-/] },
    {
      what: "the controller manager has lost --concurrent-service-syncs",
      shown: ["componentFlags", "-", /^kube-controller-manager --concurrent-service-syncs$/],
    },
    { what: "the kubelet has lost flags", shown: ["componentFlags", "-", /^kubelet --/] },
  ],
  "1.37.2 → 1.38.0-beta.0": [
    {
      what: "ML-DSA-44 is an encryption algorithm",
      shown: ["constants", "+", /^kubeadm\/apis\/kubeadm\/v1beta4\.EncryptionAlgorithmMLDSA44$/],
    },
    {
      what: "ML-DSA-65 is an encryption algorithm",
      shown: ["constants", "+", /^kubeadm\/apis\/kubeadm\/v1beta4\.EncryptionAlgorithmMLDSA65$/],
    },
    {
      what: "ML-DSA-87 is an encryption algorithm",
      shown: ["constants", "+", /^kubeadm\/apis\/kubeadm\/v1beta4\.EncryptionAlgorithmMLDSA87$/],
    },
    {
      what: "key usages depend on the kind of the key",
      shown: ["code", "+", /^kubeadm\/util\/pkiutil\.canAlgorithmDoKeyEncipherment$/],
    },
    {
      what: "the kubelet can ask for certificates with other keys",
      shown: ["componentFields", "+", /^v1beta1\.KubeletConfiguration\.clientCertificateKeyAlgorithm$/],
    },
    { what: "the image of etcd is 3.7.1-0", shown: ["images", "~", /^registry\.k8s\.io\/etcd, own$/] },
    { what: "the image of CoreDNS is 1.15.0", shown: ["images", "~", /^registry\.k8s\.io\/coredns\/coredns, own$/] },
    { what: "1.34 has no etcd any more", shown: ["constants", "-", /^minor: etcdOfMinors\.34$/] },
    {
      what: "Corefile migration knows CoreDNS 1.15.0",
      shown: ["constants", "+", /corefile-migration\.Versions\["1\.15\.0"\]$/],
    },
    {
      what: "Corefiles are migrated to the version of dns.imageTag",
      shown: ["code", "+", /^kubeadm\/phases\/addons\/dns\.GetCoreDNSMigrationVersion$/],
    },
    { what: "preflight looks for getent", shown: ["texts", "+", /^kubeadm\/preflight: "getent"$/] },
    {
      what: "the words of the upgrade policy are others",
      shown: ["texts", "+", /^kubeadm\/phases\/upgrade: "couldn't fetch cluster version from the API server"$/],
    },
    { what: "an upgrade does not go back to an older etcd", shown: ["code", "+", /\.CheckEtcdDowngrade$/] },
    {
      what: "waiting for etcd's member list ends with an error of its own",
      shown: ["texts", "+", /waiting for the etcd member list/],
    },
    {
      what: "OpenRC is asked in another way whether a service is enabled",
      shown: ["code", "~", /^kubeadm\/util\/initsystem\.OpenRCInitSystem\.ServiceIsEnabled$/],
    },
    {
      what: "quantities keep 29 digits",
      shown: ["files", "+", /^\/etc\/kubernetes\/manifests\/kube-apiserver\.yaml: +cpu: 1{28}20e9969$/],
    },
    {
      what: "etcd's manifest is part of upgrade diff",
      shown: ["output", "+", /^stdout: --- \/etc\/kubernetes\/manifests\/etcd\.yaml$/],
    },
    {
      what: "a kubeconfig without the cluster's CA is refused in words of its own",
      shown: ["output", "+", /^stderr: error: .*the CA files do not exist, please run/],
    },
    { what: "it is built with Go 1.27", shown: ["modules", "~", /^go$/] },
  ],
};

/** What was found, as it is recorded. */
export type FoundChange = Pick<Change, "area" | "name"> & { readonly sign: ReturnType<typeof signOf> };

export function foundChange({ area, name, ...values }: Change): FoundChange {
  return { area, name, sign: signOf(values) };
}

/** Returns those of the known changes that are not among what was found. */
export function missingChanges(known: readonly KnownChange[], found: readonly FoundChange[]): readonly KnownChange[] {
  return known.filter(({ shown: [area, sign, name] }) => {
    return !found.some((change) => change.area === area && change.sign === sign && name.test(change.name));
  });
}
