import type { FieldReference, Reference } from "./reference-types.ts";

/** Defaults are those of kube-proxy 1.37 (k8s.io/kube-proxy/config/v1alpha1), unless kubeadm sets another. */
const field = (text: string, value: string): FieldReference => ({ text, default: value });

const syncPeriod = field("Longest time between two complete synchronizations of the rules.", "30s");
const minSyncPeriod = field("Shortest time between two synchronizations of the rules.", "1s");
const masqueradeAll = field("Masquerade all traffic to cluster IPs.", "false");
const masqueradeBit = field("Bit of the packet mark for masquerading.", "14");

/** kubeproxy.config.k8s.io/v1alpha1. */
export const kubeProxyReference: Reference = {
  KubeProxyConfiguration: {
    apiVersion: "Write `kubeproxy.config.k8s.io/v1alpha1`.",
    kind: "Write `KubeProxyConfiguration`.",
    featureGates: field("Feature gates of kube-proxy.", "{}"),
    clientConnection: "How kube-proxy reaches the API server.",
    logging: "Format and verbosity of the log.",
    hostnameOverride: field("Name of the Node.", "the machine's hostname"),
    bindAddress: field("Address that decides which IP family is the primary one.", "0.0.0.0"),
    healthzBindAddress: field("Address and port of the health check.", "0.0.0.0:10256"),
    metricsBindAddress: field("Address and port of the metrics.", "127.0.0.1:10249"),
    bindAddressHardFail: field("Exit if a port cannot be bound.", "false"),
    enableProfiling: field("Serve profiles at /debug/pprof.", "false"),
    showHiddenMetricsForVersion: "Previous minor version whose hidden metrics are shown: `1.36`.",
    mode: field("iptables, ipvs or nftables; kernelspace on Windows.", "iptables"),
    iptables: "Settings of the mode iptables.",
    ipvs: "Settings of the mode ipvs.",
    nftables: "Settings of the mode nftables.",
    winkernel: "Settings of the mode kernelspace.",
    detectLocalMode: field(
      "How local traffic is recognized: ClusterCIDR, NodeCIDR, BridgeInterface or InterfaceNamePrefix.",
      "ClusterCIDR",
    ),
    detectLocal: "Settings of detectLocalMode.",
    clusterCIDR: field("IP address range of Pods.", "networking.podSubnet of the ClusterConfiguration (kubeadm)"),
    nodePortAddresses: field(
      "Addresses of the node on which NodePort Services are reachable: ranges, or primary, localhost, all.",
      "all addresses",
    ),
    oomScoreAdj: field("OOM score adjustment of kube-proxy's process.", "-999"),
    conntrack: "Connection tracking of the kernel.",
    configSyncPeriod: field("Time between two complete reads from the API server.", "15m"),
    portRange: { text: "Ports of a mode that no longer exists.", deprecated: "nothing: kube-proxy ignores it" },
    windowsRunAsService: field("Run as a Windows service.", "false"),
  },
  ClientConnectionConfiguration: {
    kubeconfig: field("Kubeconfig file.", "/var/lib/kube-proxy/kubeconfig.conf (kubeadm)"),
    acceptContentTypes: "Content types that are accepted from the API server.",
    contentType: field("Content type of requests.", "application/vnd.kubernetes.protobuf"),
    qps: field("Requests per second.", "5"),
    burst: field("Requests that may exceed qps for a moment.", "10"),
  },
  KubeProxyIPTablesConfiguration: {
    masqueradeBit,
    masqueradeAll,
    localhostNodePorts: field("Let NodePort Services be reached on localhost, with IPv4.", "true"),
    syncPeriod,
    minSyncPeriod,
  },
  KubeProxyIPVSConfiguration: {
    syncPeriod,
    minSyncPeriod: { ...minSyncPeriod, default: "0s" },
    scheduler: field("Scheduler of IPVS: rr, lc, sh, …", "rr"),
    excludeCIDRs: field("Ranges whose IPVS services are not cleaned up.", "[]"),
    strictARP: field("Do not answer ARP queries for addresses of kube-ipvs0.", "false"),
    tcpTimeout: field("Timeout of idle TCP sessions; 0 leaves the system's.", "0s"),
    tcpFinTimeout: field("Timeout of TCP sessions after a FIN; 0 leaves the system's.", "0s"),
    udpTimeout: field("Timeout of UDP packets; 0 leaves the system's.", "0s"),
  },
  KubeProxyNFTablesConfiguration: { masqueradeBit, masqueradeAll, syncPeriod, minSyncPeriod },
  KubeProxyWinkernelConfiguration: {
    networkName: "Name of the network on which endpoints and policies are created.",
    sourceVip: "Source address for load balancing.",
    rootHnsEndpointName: "Endpoint that is attached to the bridge for the root network namespace.",
    enableDSR: field("Use direct server return.", "true"),
    forwardHealthCheckVip: field("Forward the Service's address for the health check port.", "false"),
  },
  DetectLocalConfiguration: {
    bridgeInterface: "Bridge that local traffic comes from.",
    interfaceNamePrefix: "Beginning of the names of interfaces that local traffic comes from.",
  },
  KubeProxyConntrackConfiguration: {
    maxPerCore: field("Connections tracked per core; 0 leaves the system's limit.", "32768"),
    min: field("Lowest number of connections tracked.", "131072"),
    tcpEstablishedTimeout: field("How long an idle TCP connection is tracked.", "24h"),
    tcpCloseWaitTimeout: field("How long a connection in CLOSE_WAIT is tracked.", "1h"),
    tcpBeLiberal: field("Do not mark packets outside the TCP window as invalid.", "false"),
    udpTimeout: field("How long an idle UDP flow without a reply is tracked.", "the system's"),
    udpStreamTimeout: field("How long an idle UDP flow with replies is tracked.", "the system's"),
  },
};
