import { type WritableMap, writeYaml } from "../yaml/write-yaml.ts";

/** The components whose configuration `kubeadm init` takes, in upstream's order. */
export const componentKinds = ["KubeProxyConfiguration", "KubeletConfiguration"] as const;

export type ComponentKind = (typeof componentKinds)[number];

/** The configuration that kubeadm gives the component, with every field that its type always writes. */
export function componentDefaults(kind: ComponentKind): string {
  return writeYaml(kind === "KubeletConfiguration" ? kubelet : kubeProxy);
}

/** kubelet.config.k8s.io/v1beta1 as it is written where kubeadm has set its defaults; "0s" is the kubelet's own default. */
const kubelet: WritableMap = {
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  authentication: {
    anonymous: {
      enabled: false,
    },
    webhook: {
      cacheTTL: "0s",
      enabled: true,
    },
    x509: {
      clientCAFile: "/etc/kubernetes/pki/ca.crt",
    },
  },
  authorization: {
    mode: "Webhook",
    webhook: {
      cacheAuthorizedTTL: "0s",
      cacheUnauthorizedTTL: "0s",
    },
  },
  cgroupDriver: "systemd",
  clusterDNS: ["10.96.0.10"],
  clusterDomain: "cluster.local",
  containerRuntimeEndpoint: "",
  cpuManagerReconcilePeriod: "0s",
  crashLoopBackOff: {},
  evictionPressureTransitionPeriod: "0s",
  fileCheckFrequency: "0s",
  healthzBindAddress: "127.0.0.1",
  healthzPort: 10248,
  httpCheckFrequency: "0s",
  imageMaximumGCAge: "0s",
  imageMinimumGCAge: "0s",
  kind: "KubeletConfiguration",
  logging: {
    flushFrequency: 0,
    options: {
      json: {
        infoBufferSize: "0",
      },
      text: {
        infoBufferSize: "0",
      },
    },
    verbosity: 0,
  },
  memorySwap: {},
  nodeStatusReportFrequency: "0s",
  nodeStatusUpdateFrequency: "0s",
  rotateCertificates: true,
  runtimeRequestTimeout: "0s",
  shutdownGracePeriod: "0s",
  shutdownGracePeriodCriticalPods: "0s",
  staticPodPath: "/etc/kubernetes/manifests",
  streamingConnectionIdleTimeout: "0s",
  syncFrequency: "0s",
  volumeStatsAggPeriod: "0s",
};

/** kubeproxy.config.k8s.io/v1alpha1, likewise. */
const kubeProxy: WritableMap = {
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  bindAddress: "0.0.0.0",
  bindAddressHardFail: false,
  clientConnection: {
    acceptContentTypes: "",
    burst: 0,
    contentType: "",
    kubeconfig: "/var/lib/kube-proxy/kubeconfig.conf",
    qps: 0,
  },
  clusterCIDR: "",
  configSyncPeriod: "0s",
  conntrack: {
    maxPerCore: null,
    min: null,
    tcpBeLiberal: false,
    tcpCloseWaitTimeout: null,
    tcpEstablishedTimeout: null,
    udpStreamTimeout: "0s",
    udpTimeout: "0s",
  },
  detectLocal: {
    bridgeInterface: "",
    interfaceNamePrefix: "",
  },
  detectLocalMode: "",
  enableProfiling: false,
  healthzBindAddress: "",
  hostnameOverride: "",
  iptables: {
    localhostNodePorts: null,
    masqueradeAll: false,
    masqueradeBit: null,
    minSyncPeriod: "0s",
    syncPeriod: "0s",
  },
  ipvs: {
    excludeCIDRs: null,
    minSyncPeriod: "0s",
    scheduler: "",
    strictARP: false,
    syncPeriod: "0s",
    tcpFinTimeout: "0s",
    tcpTimeout: "0s",
    udpTimeout: "0s",
  },
  kind: "KubeProxyConfiguration",
  logging: {
    flushFrequency: 0,
    options: {
      json: {
        infoBufferSize: "0",
      },
      text: {
        infoBufferSize: "0",
      },
    },
    verbosity: 0,
  },
  metricsBindAddress: "",
  mode: "iptables",
  nftables: {
    masqueradeAll: false,
    masqueradeBit: null,
    minSyncPeriod: "0s",
    syncPeriod: "0s",
  },
  nodePortAddresses: null,
  oomScoreAdj: null,
  portRange: "",
  showHiddenMetricsForVersion: "",
  winkernel: {
    enableDSR: false,
    forwardHealthCheckVip: false,
    networkName: "",
    rootHnsEndpointName: "",
    sourceVip: "",
  },
};
