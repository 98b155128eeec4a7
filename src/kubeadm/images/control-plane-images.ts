import { findMinor, ownMinor } from "../../kubernetes/minors/minors.ts";
import { parseSemanticVersion } from "../../kubernetes/semantic-version.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { oldestToleratedMinor } from "../version.ts";

/** The version of CoreDNS that this kubeadm deploys, as its image's tag. */
export const coreDnsVersion = ownMinor.images.coreDns;

/** The tag of CoreDNS that the checks and the plan of an upgrade are for. */
export function plannedCoreDns({ dns }: Pick<Images, "dns">): string {
  return (ownMinor.rules.plansForDnsTag && dns.imageTag) || coreDnsVersion;
}

export const defaultRepository = "registry.k8s.io";
const ciRepository = "gcr.io/k8s-staging-ci-images";

export type KubernetesComponent = "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kube-proxy";

/** The settings that determine images; a CI build of Kubernetes has its images in another registry. */
type Images = Pick<ClusterConfiguration, "imageRepository" | "kubernetesVersion" | "isCi" | "etcd" | "dns" | "proxy">;

export function componentImage(
  cluster: Omit<Images, "etcd" | "dns" | "proxy">,
  component: KubernetesComponent,
): string {
  const { imageRepository, kubernetesVersion, isCi } = cluster;
  const repository = isCi && imageRepository === defaultRepository ? ciRepository : imageRepository;
  return `${repository}/${component}:${kubernetesVersion.replaceAll("+", "_")}`;
}

export function coreDnsImage({ dns, imageRepository }: Pick<Images, "dns" | "imageRepository">): string {
  const repository = dns.imageRepository || imageRepository;
  const folder = repository === defaultRepository ? `${repository}/coredns` : repository;
  return `${folder}/coredns:${dns.imageTag || coreDnsVersion}`;
}

/** Returns the sandbox image. kubeadm does not run it; the container runtime should be configured to use it. */
export function pauseImage({ imageRepository }: Pick<Images, "imageRepository">): string {
  return `${imageRepository}/pause:${ownMinor.images.pause}`;
}

/** Returns etcd's image; undefined if etcd is external. */
export function etcdImage(cluster: Pick<Images, "etcd" | "imageRepository" | "kubernetesVersion">): string | undefined {
  const tag = etcdTagOf(cluster);
  if (tag === undefined || !("local" in cluster.etcd)) return undefined;
  return `${cluster.etcd.local.imageRepository || cluster.imageRepository}/etcd:${tag}`;
}

export function etcdTagOf({ etcd, kubernetesVersion }: Pick<Images, "etcd" | "kubernetesVersion">): string | undefined {
  if (!("local" in etcd)) return undefined;
  return etcd.local.imageTag || defaultEtcdTag(kubernetesVersion);
}

/**
 * Returns the tag of etcd's image for a Kubernetes version, unless the configuration sets one. Clusters that upstream deploys
 * get the etcd that this kubeadm lists for them. Older ones, which upstream does not join, keep the etcd of their own minor
 * version: etcd members must not differ by much.
 */
export function defaultEtcdTag(kubernetesVersion: string): string {
  const minor = parseSemanticVersion(kubernetesVersion)?.minor ?? ownMinor.number;
  const older = minor < oldestToleratedMinor ? findMinor(minor) : undefined;
  return older?.images.etcd ?? ownMinor.etcdOfMinors[minor] ?? ownMinor.images.etcd;
}

/** Returns all images that a control plane of the cluster needs, in upstream's order. */
export function controlPlaneImages(cluster: Images): readonly string[] {
  const etcd = etcdImage(cluster);
  return [
    componentImage(cluster, "kube-apiserver"),
    componentImage(cluster, "kube-controller-manager"),
    componentImage(cluster, "kube-scheduler"),
    ...(cluster.proxy.disabled ? [] : [componentImage(cluster, "kube-proxy")]),
    ...(cluster.dns.disabled ? [] : [coreDnsImage(cluster)]),
    pauseImage(cluster),
    ...(etcd === undefined ? [] : [etcd]),
  ];
}
