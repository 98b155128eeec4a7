/** Paths of kubeadm's and the kubelet's files, same as upstream (cmd/kubeadm/app/constants). */
export const kubernetesDirectory = "/etc/kubernetes";
export const manifestsDirectory = `${kubernetesDirectory}/manifests`;
export const temporaryDirectory = `${kubernetesDirectory}/tmp`;
export const defaultCertificatesDirectory = `${kubernetesDirectory}/pki`;
export const defaultCaCertPath = `${defaultCertificatesDirectory}/ca.crt`;

export const etcdManifestPath = `${manifestsDirectory}/etcd.yaml`;
export const apiServerManifestPath = `${manifestsDirectory}/kube-apiserver.yaml`;
export const controllerManagerManifestPath = `${manifestsDirectory}/kube-controller-manager.yaml`;
export const schedulerManifestPath = `${manifestsDirectory}/kube-scheduler.yaml`;
export const defaultEtcdDataDirectory = "/var/lib/etcd";

export const adminKubeconfigPath = `${kubernetesDirectory}/admin.conf`;
export const superAdminKubeconfigPath = `${kubernetesDirectory}/super-admin.conf`;
export const controllerManagerKubeconfigPath = `${kubernetesDirectory}/controller-manager.conf`;
export const schedulerKubeconfigPath = `${kubernetesDirectory}/scheduler.conf`;
export const kubeletKubeconfigPath = `${kubernetesDirectory}/kubelet.conf`;
export const bootstrapKubeconfigPath = `${kubernetesDirectory}/bootstrap-kubelet.conf`;

export const kubeletDirectory = "/var/lib/kubelet";
export const kubeletConfigurationPath = `${kubeletDirectory}/config.yaml`;
export const kubeletInstanceConfigurationPath = `${kubeletDirectory}/instance-config.yaml`;
export const kubeletEnvironmentPath = `${kubeletDirectory}/kubeadm-flags.env`;
export const kubeletPkiDirectory = `${kubeletDirectory}/pki`;
/** The link of the kubelet's certificate store to the pair in use. */
export const kubeletCurrentCertificateName = "kubelet-client-current.pem";
export const kubeletCurrentCertificatePath = `${kubeletPkiDirectory}/${kubeletCurrentCertificateName}`;

/** Files that only a control plane has: any of them makes a machine one. */
export const controlPlanePaths: readonly string[] = [
  apiServerManifestPath,
  controllerManagerManifestPath,
  schedulerManifestPath,
  etcdManifestPath,
  controllerManagerKubeconfigPath,
  schedulerKubeconfigPath,
];
