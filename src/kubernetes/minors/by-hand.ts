/**
 * What belongs to a minor version, but no source states in a form that `npm run generate:minors` can read. After a new
 * minor version was added, check each entry against its source.
 */

/**
 * What kubeadm does differently in its minor versions: for a cluster of that version, or as a program (`ownMinor`), however
 * old the cluster is.
 */
export interface KubeadmRules {
  /**
   * It sorts the user's arguments of a component together with its own, instead of adding them at the end. The first releases
   * of 1.34 do, 1.34.4 no longer.
   */
  readonly sortsAllArguments: boolean;
  /** The controller manager's Pod gets the directory of FlexVolume plugins, if it exists. */
  readonly mountsFlexVolumes: boolean;
  /** An etcd that is older than 3.6 gets the flags of that time; later minor versions do not look at its version. */
  readonly looksAtEtcdVersion: boolean;
  /** The API server's client certificate for kubelets is a cluster administrator's, not bound to a role of its own. */
  readonly makesKubeletClientAdmin: boolean;
  /** kube-proxy's configuration names the mode that is kube-proxy's default. */
  readonly namesProxyMode: boolean;
  /** Preflight warns if `getent` is missing. */
  readonly looksForGetent: boolean;
  /** An upgrade's checks and plan are for the CoreDNS of `dns.imageTag`, if that is set. */
  readonly plansForDnsTag: boolean;
  /** `upgrade diff`, and a dry run of an upgrade, show etcd's manifest. */
  readonly showsEtcdUpgrade: boolean;
  /** A kubeconfig without the cluster's CA is refused with words of its own. */
  readonly namesMissingAuthority: boolean;
  /** It makes and reads ML-DSA keys, and so do the components of its release, which are built with the same Go. */
  readonly usesMlDsa: boolean;
  /** Certificates with ECDSA keys have the usage keyEncipherment, although such keys cannot encipher. */
  readonly enciphersWithEcdsa: boolean;
  /** Of a quantity, 29 significant digits are kept; a power of ten without a suffix is written with `e`. */
  readonly boundsQuantities: boolean;
  /** Errors of versions begin with a capital. */
  readonly capitalizesVersionErrors: boolean;
  /** The version policy names the cluster's version as the oldest one that is supported. */
  readonly misnamesOldestVersion: boolean;
}

interface Since {
  /** The first minor version in which it is so, or the last. */
  readonly first?: number;
  readonly last?: number;
  /** The file that shows it, in the sources of that version and of the one after or before. */
  readonly source: string;
}

export const rules: Readonly<Record<keyof KubeadmRules, Since>> = {
  sortsAllArguments: { last: 34, source: "cmd/kubeadm/app/util/arguments.go of v1.34.0" },
  mountsFlexVolumes: { last: 35, source: "cmd/kubeadm/app/phases/controlplane/volumes.go" },
  looksAtEtcdVersion: { last: 35, source: "cmd/kubeadm/app/phases/etcd/local.go" },
  makesKubeletClientAdmin: { last: 35, source: "cmd/kubeadm/app/phases/certs/certlist.go" },
  namesProxyMode: { first: 37, source: "cmd/kubeadm/app/componentconfigs/kubeproxy.go" },
  looksForGetent: { first: 38, source: "cmd/kubeadm/app/preflight/checks_linux.go" },
  plansForDnsTag: { first: 38, source: "cmd/kubeadm/app/phases/upgrade/preflight.go" },
  showsEtcdUpgrade: { first: 38, source: "cmd/kubeadm/app/cmd/upgrade/diff.go, phases/upgrade/staticpods.go" },
  namesMissingAuthority: { first: 38, source: "cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go" },
  usesMlDsa: { first: 38, source: "cmd/kubeadm/app/apis/kubeadm/types.go" },
  enciphersWithEcdsa: { last: 37, source: "cmd/kubeadm/app/util/pkiutil/pki_helpers.go" },
  boundsQuantities: { first: 38, source: "k8s.io/apimachinery/pkg/api/resource/quantity.go" },
  capitalizesVersionErrors: { last: 37, source: "cmd/kubeadm/app/phases/upgrade/versiongetter.go" },
  misnamesOldestVersion: { last: 37, source: "cmd/kubeadm/app/phases/upgrade/policy.go" },
};

/**
 * Flags that kubeadm of a minor version has written to kubeadm-flags.env and later ones have not, if a node may still have
 * them: upstream's 1.35 removes this one (cmd/kubeadm/app/phases/upgrade/postupgrade.go).
 */
export const writtenKubeletFlags: readonly string[] = ["pod-infra-container-image"];

/** A change that removed flags of a component. */
export interface Removal {
  readonly component: string;
  /** The first minor version without them: of Kubernetes, or of etcd 3 for etcd. */
  readonly minor: number;
  readonly flags: RegExp;
  readonly source: string;
}

/** The changes that removed flags. Flags of which none is listed refer to the changelog of their minor version. */
export const removals: readonly Removal[] = [
  {
    component: "kube-controller-manager",
    minor: 37,
    flags: /^concurrent-service-syncs$/,
    source: "https://github.com/kubernetes/kubernetes/pull/138002",
  },
  {
    component: "kubelet",
    minor: 35,
    flags: /^pod-infra-container-image$/,
    source: "https://github.com/kubernetes/kubernetes/pull/133779",
  },
  { component: "kubelet", minor: 37, flags: /^/, source: "https://github.com/kubernetes/kubernetes/pull/139870" },
  { component: "etcd", minor: 7, flags: /^experimental-/, source: "https://github.com/etcd-io/etcd/pull/19959" },
  {
    component: "etcd",
    minor: 7,
    flags: /^discovery(?:-proxy)?$/,
    source: "https://github.com/etcd-io/etcd/pull/20109",
  },
];
