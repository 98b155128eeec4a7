// Configurations in the form that well-known tools write, by their public documentation.
import { document, documents } from "./configuration-text.ts";
import { kubeOne, kubeOneJoin } from "./kubeone-configurations.ts";

const kubelet = "kubelet.config.k8s.io/v1beta1";
const proxy = "kubeproxy.config.k8s.io/v1alpha1";

/** As kind writes for the first control plane of a cluster. */
const kindInit = documents(
  document("ClusterConfiguration", {
    "metadata.name": "config",
    kubernetesVersion: "v1.37.2",
    clusterName: '"kind"',
    controlPlaneEndpoint: '"kind-control-plane:6443"',
    "apiServer.certSANs": "[localhost, 127.0.0.1]",
    "apiServer.extraArgs": '[{name: runtime-config, value: ""}]',
    "controllerManager.extraArgs": '[{name: enable-hostpath-provisioner, value: "true"}]',
    "networking.podSubnet": '"10.244.0.0/16"',
    "networking.serviceSubnet": '"10.96.0.0/16"',
  }),
  document("InitConfiguration", {
    "metadata.name": "config",
    bootstrapTokens: '[{token: "abcdef.0123456789abcdef"}]',
    "localAPIEndpoint.advertiseAddress": '"192.0.2.10"',
    "localAPIEndpoint.bindPort": "6443",
    "nodeRegistration.criSocket": '"unix:///run/containerd/containerd.sock"',
    "nodeRegistration.kubeletExtraArgs":
      '[{name: node-ip, value: "192.0.2.10"}, {name: provider-id, value: "kind://docker/kind/kind-control-plane"}, {name: node-labels, value: ""}]',
    skipPhases: "[preflight]",
  }),
  document(
    "KubeletConfiguration",
    {
      cgroupDriver: "systemd",
      cgroupRoot: "/kubelet",
      failSwapOn: "false",
      imageGCHighThresholdPercent: "100",
      evictionHard: '{nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%"}',
    },
    kubelet,
  ),
  document(
    "KubeProxyConfiguration",
    { mode: '"iptables"', "iptables.minSyncPeriod": "1s", "conntrack.maxPerCore": "0" },
    proxy,
  ),
);

const kindJoin = documents(
  document("JoinConfiguration", {
    "metadata.name": "config",
    "nodeRegistration.criSocket": '"unix:///run/containerd/containerd.sock"',
    "nodeRegistration.kubeletExtraArgs": '[{name: node-ip, value: "192.0.2.10"}]',
    "discovery.bootstrapToken.apiServerEndpoint": '"kind-control-plane:6443"',
    "discovery.bootstrapToken.token": '"abcdef.0123456789abcdef"',
    "discovery.bootstrapToken.unsafeSkipCAVerification": "true",
    skipPhases: "[preflight]",
  }),
);

const minikube = documents(
  document("InitConfiguration", {
    "localAPIEndpoint.advertiseAddress": "192.0.2.10",
    "localAPIEndpoint.bindPort": "8443",
    bootstrapTokens:
      "[{groups: ['system:bootstrappers:kubeadm:default-node-token'], ttl: 24h0m0s, usages: [signing, authentication]}]",
    "nodeRegistration.criSocket": "unix:///run/containerd/containerd.sock",
    "nodeRegistration.name": '"minikube"',
    "nodeRegistration.kubeletExtraArgs": '[{name: "node-ip", value: "192.0.2.10"}]',
    "nodeRegistration.taints": "[]",
  }),
  document("ClusterConfiguration", {
    "apiServer.certSANs": '["127.0.0.1", "localhost", "192.0.2.10"]',
    "apiServer.extraArgs":
      '[{name: "enable-admission-plugins", value: "NamespaceLifecycle,LimitRanger,ServiceAccount"}]',
    "controllerManager.extraArgs":
      '[{name: "allocate-node-cidrs", value: "true"}, {name: "leader-elect", value: "false"}]',
    "scheduler.extraArgs": '[{name: "leader-elect", value: "false"}]',
    certificatesDir: "/var/lib/minikube/certs",
    clusterName: "mk",
    controlPlaneEndpoint: "control-plane.minikube.internal:8443",
    "etcd.local.dataDir": "/var/lib/minikube/etcd",
    kubernetesVersion: "v1.37.2",
    "networking.dnsDomain": "cluster.local",
    "networking.podSubnet": '"10.244.0.0/16"',
    "networking.serviceSubnet": "10.96.0.0/12",
  }),
  document(
    "KubeletConfiguration",
    {
      "authentication.x509.clientCAFile": "/var/lib/minikube/certs/ca.crt",
      cgroupDriver: "systemd",
      containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
      hairpinMode: "hairpin-veth",
      runtimeRequestTimeout: "15m",
      clusterDomain: '"cluster.local"',
      imageGCHighThresholdPercent: "100",
      evictionHard: '{nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%"}',
      failSwapOn: "false",
      staticPodPath: "/etc/kubernetes/manifests",
    },
    kubelet,
  ),
  document(
    "KubeProxyConfiguration",
    {
      clusterCIDR: '"10.244.0.0/16"',
      metricsBindAddress: "0.0.0.0:10249",
      "conntrack.maxPerCore": "0",
      "conntrack.tcpEstablishedTimeout": "0s",
      "conntrack.tcpCloseWaitTimeout": "0s",
    },
    proxy,
  ),
);

/** Cluster API's bootstrap provider marshals Go objects, so there are creationTimestamps, empty objects and nulls. */
const clusterApi = documents(
  `apiServer:
  extraArgs:
  - name: cloud-provider
    value: external
  certSANs:
  - capi.example.org
apiVersion: kubeadm.k8s.io/v1beta4
clusterName: capi-quickstart
controlPlaneEndpoint: 192.0.2.20:6443
controllerManager:
  extraArgs:
  - name: cloud-provider
    value: external
dns: {}
etcd: {}
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
networking:
  dnsDomain: cluster.local
  podSubnet: 192.168.0.0/16
  serviceSubnet: 10.128.0.0/12
scheduler: {}
`,
  `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {}
nodeRegistration:
  imagePullPolicy: IfNotPresent
  kubeletExtraArgs:
  - name: cloud-provider
    value: external
  - name: eviction-hard
    value: nodefs.available<0%,nodefs.inodesFree<0%,imagefs.available<0%
  name: 'node-1'
  taints: null
patches:
  directory: /etc/kubernetes/patches
skipPhases:
- addon/kube-proxy
`,
);

const clusterApiJoin = `apiVersion: kubeadm.k8s.io/v1beta4
caCertPath: ""
controlPlane:
  localAPIEndpoint: {}
discovery:
  bootstrapToken:
    apiServerEndpoint: 192.0.2.20:6443
    caCertHashes:
    - sha256:0000000000000000000000000000000000000000000000000000000000000000
    token: abcdef.0123456789abcdef
kind: JoinConfiguration
nodeRegistration:
  imagePullPolicy: IfNotPresent
  kubeletExtraArgs:
  - name: cloud-provider
    value: external
  taints: null
`;

const kubespray = documents(
  `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: "192.0.2.10"
  bindPort: 6443
nodeRegistration:
  name: "node-1"
  taints:
  - effect: NoSchedule
    key: node-role.kubernetes.io/control-plane
  criSocket: "unix:///var/run/containerd/containerd.sock"
`,
  `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: cluster.local
etcd:
  external:
      endpoints:
      - https://192.0.2.10:2379
      - https://192.0.2.11:2379
      caFile: /etc/ssl/etcd/ssl/ca.pem
      certFile: /etc/ssl/etcd/ssl/node-node-1.pem
      keyFile: /etc/ssl/etcd/ssl/node-node-1-key.pem
dns:
  disabled: false
  imageRepository: registry.k8s.io/coredns
  imageTag: v1.12.0
networking:
  dnsDomain: cluster.local
  serviceSubnet: "10.233.0.0/18"
  podSubnet: "10.233.64.0/18"
kubernetesVersion: v1.37.2
controlPlaneEndpoint: "lb-apiserver.kubernetes.local:6443"
certificatesDir: /etc/kubernetes/ssl
imageRepository: registry.k8s.io
apiServer:
  extraArgs:
  - name: etcd-compaction-interval
    value: "5m0s"
  - name: default-not-ready-toleration-seconds
    value: "300"
  - name: anonymous-auth
    value: "True"
  - name: authorization-mode
    value: Node,RBAC
  - name: bind-address
    value: "::"
  - name: event-ttl
    value: 1h0m0s
  - name: audit-log-path
    value: /var/log/audit/kube-apiserver-audit.log
  extraVolumes:
  - name: audit-policy
    hostPath: /etc/kubernetes/audit-policy
    mountPath: /etc/kubernetes/audit-policy
  - name: usr-share-ca-certificates
    hostPath: /usr/share/ca-certificates
    mountPath: /usr/share/ca-certificates
    readOnly: true
    pathType: DirectoryOrCreate
  certSANs:
  - "kubernetes"
  - "kubernetes.default"
  - "10.233.0.1"
  - "localhost"
  - "127.0.0.1"
  - "::1"
  - "lb-apiserver.kubernetes.local"
controllerManager:
  extraArgs:
  - name: node-monitor-grace-period
    value: "40s"
  - name: cluster-cidr
    value: "10.233.64.0/18"
  - name: service-cluster-ip-range
    value: "10.233.0.0/18"
  - name: bind-address
    value: "0.0.0.0"
scheduler:
  extraArgs:
  - name: bind-address
    value: "0.0.0.0"
  - name: config
    value: /etc/kubernetes/kubescheduler-config.yaml
  extraVolumes:
  - name: kubescheduler-config
    hostPath: /etc/kubernetes/kubescheduler-config.yaml
    mountPath: /etc/kubernetes/kubescheduler-config.yaml
    readOnly: true
`,
  document(
    "KubeProxyConfiguration",
    {
      bindAddress: '"0.0.0.0"',
      "clientConnection.acceptContentTypes": "",
      "clientConnection.burst": "10",
      "clientConnection.contentType": "application/vnd.kubernetes.protobuf",
      "clientConnection.kubeconfig": "",
      "clientConnection.qps": "5",
      clusterCIDR: '"10.233.64.0/18"',
      configSyncPeriod: "15m0s",
      "conntrack.maxPerCore": "32768",
      "conntrack.min": "131072",
      "conntrack.tcpCloseWaitTimeout": "1h0m0s",
      enableProfiling: "False",
      healthzBindAddress: "0.0.0.0:10256",
      hostnameOverride: '"node-1"',
      "iptables.masqueradeAll": "False",
      "iptables.masqueradeBit": "14",
      "ipvs.excludeCIDRs": "[]",
      "ipvs.scheduler": "rr",
      "ipvs.strictARP": "True",
      metricsBindAddress: '"127.0.0.1:10249"',
      mode: "ipvs",
      nodePortAddresses: "[]",
      oomScoreAdj: "-999",
      portRange: "",
    },
    proxy,
  ),
  document("KubeletConfiguration", { clusterDNS: "[169.254.25.10]" }, kubelet),
);

export const initConfigurations: Readonly<Record<string, string>> = {
  kind: kindInit,
  "kind without addons": kindInit.replace(
    "skipPhases: [preflight]",
    "skipPhases: [preflight, addon/kube-proxy, addon/coredns]",
  ),
  "kind with IPv6": kindInit
    .replace('"10.244.0.0/16"', '"fd00:10:244::/56"')
    .replace('"10.96.0.0/16"', '"fd00:10:96::/112"')
    .replaceAll("192.0.2.10", "2001:db8::10"),
  "kind with both families": kindInit
    .replace('"10.244.0.0/16"', '"10.244.0.0/16,fd00:10:244::/56"')
    .replace('"10.96.0.0/16"', '"10.96.0.0/16,fd00:10:96::/112"'),
  "kind with IPVS": kindInit.replace('"iptables"', '"ipvs"'),
  "kind with nftables": kindInit.replace('"iptables"', '"nftables"'),
  "kind with feature gates": kindInit.replace(
    'value: ""}]\ncontrollerManager',
    'value: "api/all=true"}, {name: feature-gates, value: "A=true"}]\ncontrollerManager',
  ),
  "kind of an older version": kindInit.replace("v1.37.2", "v1.36.1"),
  minikube,
  "minikube of an older version": minikube.replace("v1.37.2", "v1.36.1"),
  "Cluster API": clusterApi,
  KubeOne: kubeOne,
  kubespray,
  "kubespray with local etcd": kubespray.replace(
    / {2}external:\n(?: {6}.*\n)+/,
    "  local:\n    dataDir: /var/lib/etcd\n    imageTag: 3.6.5-0\n    serverCertSANs: [etcd.kube-system.svc.cluster.local]\n",
  ),
};

export const joinConfigurations: Readonly<Record<string, string>> = {
  kind: kindJoin,
  "kind as a control plane": kindJoin.replace(
    "skipPhases",
    "controlPlane:\n  localAPIEndpoint:\n    advertiseAddress: 192.0.2.10\n    bindPort: 6443\nskipPhases",
  ),
  KubeOne: kubeOneJoin,
  "Cluster API": clusterApiJoin,
  "Cluster API worker": clusterApiJoin.replace("controlPlane:\n  localAPIEndpoint: {}\n", ""),
};
