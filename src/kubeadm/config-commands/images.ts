import type { ClusterConfiguration } from "../apis/cluster-configuration.ts";
import type { KubernetesRelease } from "../apis/kubernetes-release.ts";

/** What this version of kubeadm runs beside the cluster's own images, whatever the cluster's version. */
const coreDnsTag = "v1.14.6";
const pauseTag = "3.10.2";
const etcdTag = "3.7.0-0";

const defaultRepository = "registry.k8s.io";
const ciRepository = "gcr.io/k8s-staging-ci-images";

/** All images of a control plane, in upstream's order. */
export function controlPlaneImages(cluster: ClusterConfiguration, release: KubernetesRelease): readonly string[] {
  const { dns, etcd, imageRepository, proxy } = cluster;
  const repository = release.isCi && imageRepository === defaultRepository ? ciRepository : imageRepository;
  const components = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    ...(proxy.disabled ? [] : ["kube-proxy"]),
  ];
  const tag = release.version.replaceAll("+", "_");
  return [
    ...components.map((name) => `${repository}/${name}:${tag}`),
    ...(dns.disabled ? [] : [coreDnsImage(cluster)]),
    `${imageRepository}/pause:${pauseTag}`,
    ...("local" in etcd
      ? [`${etcd.local.imageRepository || imageRepository}/etcd:${etcd.local.imageTag || etcdTag}`]
      : []),
  ];
}

function coreDnsImage({ dns, imageRepository }: ClusterConfiguration): string {
  const repository = dns.imageRepository || imageRepository;
  const folder = repository === defaultRepository ? `${repository}/coredns` : repository;
  return `${folder}/coredns:${dns.imageTag || coreDnsTag}`;
}
