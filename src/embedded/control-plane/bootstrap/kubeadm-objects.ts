// The objects that `kubeadm init` leaves in the API, except for tokens, addons' workloads and kubeadm-certs. kubeadm's own
// builders make them; what they make is compared with upstream's in test/golden.
import { configMaps } from "../../../cluster/resources.ts";
import { services } from "../../../cluster/workload-resources.ts";
import { silentEvents } from "../../../events/events.ts";
import {
  coreDnsConfigMap,
  coreDnsPolicy,
  dnsService,
  dnsServiceAddress,
} from "../../../kubeadm/addons/core-dns-objects.ts";
import { kubeProxyAccount, kubeProxyConfigMap, kubeProxyRights } from "../../../kubeadm/addons/kube-proxy-objects.ts";
import { bootstrapPolicy } from "../../../kubeadm/cluster-objects/bootstrap-policy.ts";
import { clusterAdminsBinding } from "../../../kubeadm/cluster-objects/cluster-admins.ts";
import { clusterInfo, clusterInfoReaders } from "../../../kubeadm/cluster-objects/cluster-info.ts";
import { type DesiredObject, desired } from "../../../kubeadm/cluster-objects/desired-object.ts";
import {
  clusterConfigurationMap,
  kubeadmConfigReaders,
  kubeletConfigMap,
  kubeletConfigReaders,
} from "../../../kubeadm/cluster-objects/upload-configuration.ts";
import {
  type ClusterConfiguration,
  clusterConfigurationFromV1beta4,
} from "../../../kubeadm/config/cluster/cluster-configuration.ts";
import { storedClusterConfiguration } from "../../../kubeadm/config/cluster/write-cluster-configuration.ts";
import { completeComponents } from "../../../kubeadm/config/components/component-configurations.ts";
import type { Kubeconfig } from "../../../kubeadm/kubeconfig/kubeconfig.ts";
import { CaBundle } from "../../../pki/ca-bundle.ts";
import type { KeyAlgorithm } from "../../../pki/keys.ts";
import { defined } from "../../../values/defined.ts";
import type { JsonObject } from "../../../values/json.ts";
import { kubernetesMinor } from "../apiserver/version.ts";

export interface ClusterSettings {
  /** `v1.37.2` */
  readonly version: string;
  readonly clusterName: string;
  readonly encryptionAlgorithm: KeyAlgorithm;
  /** `host:port`; goes into cluster-info and kube-proxy's kubeconfig. */
  readonly endpoint: string;
  /** As the administrator specified it; absent for a cluster that was created without one. */
  readonly controlPlaneEndpoint?: string | undefined;
  readonly serviceSubnet: string;
  readonly podSubnet?: string | undefined;
  readonly dnsDomain: string;
  readonly caCertificatePem: string;
  /** Members that differ from what kubeadm writes, for example `cgroupDriver` or `contentType`. */
  readonly kubeletConfiguration: JsonObject;
}

export function kubeadmObjects(settings: ClusterSettings): readonly DesiredObject[] {
  const cluster = clusterConfiguration(settings);
  return [
    ...tokenPolicy(settings),
    clusterAdminsBinding,
    desired(configMaps, clusterInfo(adminKubeconfig(settings), [])),
    ...clusterInfoReaders,
    desired(configMaps, clusterConfigurationMap(storedClusterConfiguration(cluster))),
    ...kubeadmConfigReaders,
    ...componentObjects(cluster, settings),
    desired(configMaps, coreDnsConfigMap(settings.dnsDomain)),
    ...coreDnsPolicy,
    desired(services, dnsService(dnsServiceAddress(cluster))),
  ];
}

function clusterConfiguration({ controlPlaneEndpoint, podSubnet, ...settings }: ClusterSettings): ClusterConfiguration {
  const { clusterName, encryptionAlgorithm, version, dnsDomain, serviceSubnet } = settings;
  return clusterConfigurationFromV1beta4({
    clusterName,
    encryptionAlgorithm,
    kubernetesVersion: version,
    networking: { dnsDomain, serviceSubnet, ...defined({ podSubnet }) },
    ...defined({ controlPlaneEndpoint }),
  });
}

function tokenPolicy({ version }: ClusterSettings): readonly DesiredObject[] {
  const { makesKubeletClientAdmin } = kubernetesMinor(version).rules;
  return bootstrapPolicy
    .filter(({ right }) => right !== "kubelet-api" || !makesKubeletClientAdmin)
    .flatMap(({ objects }) => objects);
}

function adminKubeconfig({ clusterName, endpoint, caCertificatePem }: ClusterSettings): Kubeconfig {
  const cluster = {
    server: `https://${endpoint}`,
    certificateAuthorityData: CaBundle.parse(caCertificatePem),
  };
  return {
    clusters: [{ name: clusterName, cluster }],
    contexts: [{ name: "admin", context: { cluster: clusterName, user: "admin" } }],
    users: [],
    currentContext: "admin",
  };
}

function componentObjects(cluster: ClusterConfiguration, settings: ClusterSettings): readonly DesiredObject[] {
  const { endpoint, version, kubeletConfiguration } = settings;
  const { kubelet, kubeProxy } = completeComponents({}, cluster, "0.0.0.0", silentEvents);
  const kubeletMap = kubeletConfigMap(
    { ...kubelet, ...kubeletConfiguration },
    { isUserSupplied: Object.keys(kubeletConfiguration).length > 0 },
  );
  const proxyMap = kubeProxyConfigMap({
    configuration: kubernetesMinor(version).rules.namesProxyMode ? kubeProxy : { ...kubeProxy, mode: "" },
    isUserSupplied: false,
    server: `https://${endpoint}`,
  });
  return [
    desired(configMaps, kubeletMap),
    ...kubeletConfigReaders,
    desired(configMaps, proxyMap),
    kubeProxyAccount,
    ...kubeProxyRights,
  ];
}
