// The objects that `kubeadm init` leaves in the API, except for tokens, addons' workloads and kubeadm-certs.
import { createHash } from "node:crypto";
import { type WritableMap, writeYaml } from "../../../go/yaml/write-yaml.ts";
import { defined } from "../../../values/defined.ts";
import { type Fields, type StoredObject, stringMapAt } from "../apiserver/objects.ts";
import { kubernetesMinor } from "../apiserver/version.ts";
import { addressAt } from "../subnet.ts";
import { clusterRole, clusterRoleBinding, group, role, roleBinding, rule, serviceAccount, user } from "./rules.ts";

export interface ClusterSettings {
  /** `v1.37.2` */
  readonly version: string;
  readonly clusterName: string;
  readonly encryptionAlgorithm: string;
  /** `host:port`; goes into cluster-info and kube-proxy's kubeconfig. */
  readonly endpoint: string;
  /** As the administrator specified it; absent for a cluster that was created without one. */
  readonly controlPlaneEndpoint?: string | undefined;
  readonly serviceSubnet: string;
  readonly podSubnet?: string | undefined;
  readonly dnsDomain: string;
  readonly caCertificatePem: string;
  /** Members that differ from what kubeadm writes, for example `cgroupDriver` or `contentType`. */
  readonly kubeletConfiguration: Fields;
}

export const defaultTokenGroup = "system:bootstrappers:kubeadm:default-node-token";

export function kubeadmObjects(settings: ClusterSettings): readonly StoredObject[] {
  return [
    ...tokenPolicy(settings),
    clusterInfo(settings),
    ...withReaders(
      configMap("kube-system", "kubeadm-config", { ClusterConfiguration: writeYaml(clusterConfiguration(settings)) }),
      "kubeadm:nodes-kubeadm-config",
      [defaultTokenGroup, "system:nodes"],
    ),
    ...withReaders(kubeletConfigMap(settings), "kubeadm:kubelet-config", ["system:nodes", defaultTokenGroup]),
    ...proxyObjects(settings),
    configMap("kube-system", "coredns", { Corefile: corefile(settings.dnsDomain) }),
    serviceAccountObject("coredns"),
    clusterRole("system:coredns", [
      rule("list watch", "core", "endpoints services pods namespaces"),
      rule("list watch", "discovery.k8s.io", "endpointslices"),
    ]),
    clusterRoleBinding("system:coredns", "system:coredns", [serviceAccount("kube-system", "coredns")]),
    dnsService(settings),
  ];
}

function tokenPolicy({ version }: ClusterSettings): readonly StoredObject[] {
  const tokenGroup = [group(defaultTokenGroup)];
  const approver = "system:certificates.k8s.io:certificatesigningrequests";
  const toKubelet = clusterRoleBinding("kubeadm:apiserver-kubelet-client", "system:kubelet-api-admin", [
    user("kube-apiserver-kubelet-client"),
  ]);
  return [
    clusterRole("kubeadm:get-nodes", [rule("get", "core", "nodes")]),
    clusterRoleBinding("kubeadm:get-nodes", "kubeadm:get-nodes", tokenGroup),
    clusterRoleBinding("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", tokenGroup),
    clusterRoleBinding("kubeadm:node-autoapprove-bootstrap", `${approver}:nodeclient`, tokenGroup),
    clusterRoleBinding("kubeadm:node-autoapprove-certificate-rotation", `${approver}:selfnodeclient`, [
      group("system:nodes"),
    ]),
    clusterRoleBinding("kubeadm:cluster-admins", "cluster-admin", [group("kubeadm:cluster-admins")]),
    ...(kubernetesMinor(version).rules.makesKubeletClientAdmin ? [] : [toKubelet]),
    role("kube-public", "kubeadm:bootstrap-signer-clusterinfo", [rule("get", "core", "configmaps", "cluster-info")]),
    roleBinding("kube-public", "kubeadm:bootstrap-signer-clusterinfo", [user("system:anonymous")]),
  ];
}

function clusterInfo({ endpoint, caCertificatePem }: ClusterSettings): StoredObject {
  const kubeconfig = {
    apiVersion: "v1",
    clusters: [
      {
        cluster: {
          "certificate-authority-data": Buffer.from(caCertificatePem).toString("base64"),
          server: `https://${endpoint}`,
        },
        name: "",
      },
    ],
    contexts: null,
    "current-context": "",
    kind: "Config",
    users: null,
  };
  return configMap("kube-public", "cluster-info", { kubeconfig: writeYaml(kubeconfig) });
}

/** Returns a ConfigMap in kube-system with the Role that lets some groups read it. */
function withReaders(object: StoredObject, roleName: string, readers: readonly string[]): readonly StoredObject[] {
  return [
    object,
    role("kube-system", roleName, [rule("get", "core", "configmaps", object.metadata.name)]),
    roleBinding("kube-system", roleName, readers.map(group)),
  ];
}

function kubeletConfigMap(settings: ClusterSettings): StoredObject {
  const object = configMap("kube-system", "kubelet-config", { kubelet: writeYaml(kubeletConfiguration(settings)) });
  return Object.keys(settings.kubeletConfiguration).length === 0 ? signed(object) : object;
}

function configMap(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
  metadata: Fields = {},
): StoredObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { ...metadata, name, namespace }, data };
}

function serviceAccountObject(name: string): StoredObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: "kube-system" } };
}

/** Component configurations that kubeadm generated have a hash of all values, by which an upgrade recognizes them. */
function signed(object: StoredObject): StoredObject {
  const hash = createHash("sha256");
  for (const [, value] of Object.entries(stringMapAt(object, "data")).sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(value);
  const annotations = { "kubeadm.kubernetes.io/component-config.hash": `sha256:${hash.digest("hex")}` };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function corefile(dnsDomain: string): string {
  return `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${dnsDomain} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success ${dnsDomain}
       disable denial ${dnsDomain}
    }
    loop
    reload
    loadbalance
}
`;
}

function clusterConfiguration(settings: ClusterSettings): WritableMap {
  const { controlPlaneEndpoint, podSubnet } = settings;
  return {
    apiServer: {},
    apiVersion: "kubeadm.k8s.io/v1beta4",
    caCertificateValidityPeriod: "87600h0m0s",
    certificateValidityPeriod: "8760h0m0s",
    certificatesDir: "/etc/kubernetes/pki",
    clusterName: settings.clusterName,
    ...defined({ controlPlaneEndpoint }),
    controllerManager: {},
    dns: {},
    encryptionAlgorithm: settings.encryptionAlgorithm,
    etcd: { local: { dataDir: "/var/lib/etcd" } },
    imageRepository: "registry.k8s.io",
    kind: "ClusterConfiguration",
    kubernetesVersion: settings.version,
    networking: {
      dnsDomain: settings.dnsDomain,
      ...defined({ podSubnet }),
      serviceSubnet: settings.serviceSubnet,
    },
    proxy: {},
    scheduler: {},
  };
}

const zero = "0s";
const logging = {
  flushFrequency: 0,
  options: { json: { infoBufferSize: "0" }, text: { infoBufferSize: "0" } },
  verbosity: 0,
};

function kubeletConfiguration(settings: ClusterSettings): WritableMap {
  const configuration = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    authentication: {
      anonymous: { enabled: false },
      webhook: { cacheTTL: zero, enabled: true },
      x509: { clientCAFile: "/etc/kubernetes/pki/ca.crt" },
    },
    authorization: { mode: "Webhook", webhook: { cacheAuthorizedTTL: zero, cacheUnauthorizedTTL: zero } },
    cgroupDriver: "systemd",
    clusterDNS: [addressAt(settings.serviceSubnet, 10)],
    clusterDomain: settings.dnsDomain,
    containerRuntimeEndpoint: "",
    cpuManagerReconcilePeriod: zero,
    crashLoopBackOff: {},
    evictionPressureTransitionPeriod: zero,
    fileCheckFrequency: zero,
    healthzBindAddress: "127.0.0.1",
    healthzPort: 10248,
    httpCheckFrequency: zero,
    imageMaximumGCAge: zero,
    imageMinimumGCAge: zero,
    kind: "KubeletConfiguration",
    logging,
    memorySwap: {},
    nodeStatusReportFrequency: zero,
    nodeStatusUpdateFrequency: zero,
    rotateCertificates: true,
    runtimeRequestTimeout: zero,
    shutdownGracePeriod: zero,
    shutdownGracePeriodCriticalPods: zero,
    staticPodPath: "/etc/kubernetes/manifests",
    streamingConnectionIdleTimeout: zero,
    syncFrequency: zero,
    volumeStatsAggPeriod: zero,
    ...settings.kubeletConfiguration,
  };
  return Object.fromEntries(Object.entries(configuration).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function proxyObjects(settings: ClusterSettings): readonly StoredObject[] {
  const data = {
    "config.conf": writeYaml(proxyConfiguration(settings)).trimEnd(),
    "kubeconfig.conf": writeYaml(proxyKubeconfig(settings)).trimEnd(),
  };
  return [
    serviceAccountObject("kube-proxy"),
    signed(configMap("kube-system", "kube-proxy", data, { labels: { app: "kube-proxy" } })),
    clusterRoleBinding("kubeadm:node-proxier", "system:node-proxier", [serviceAccount("kube-system", "kube-proxy")]),
    role("kube-system", "kube-proxy", [rule("get", "core", "configmaps", "kube-proxy")]),
    roleBinding("kube-system", "kube-proxy", [group(defaultTokenGroup)]),
  ];
}

function proxyConfiguration({ podSubnet, version }: ClusterSettings): WritableMap {
  const sync = { minSyncPeriod: zero, syncPeriod: zero };
  return {
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
    clusterCIDR: podSubnet ?? "",
    configSyncPeriod: zero,
    conntrack: {
      maxPerCore: null,
      min: null,
      tcpBeLiberal: false,
      tcpCloseWaitTimeout: null,
      tcpEstablishedTimeout: null,
      udpStreamTimeout: zero,
      udpTimeout: zero,
    },
    detectLocal: { bridgeInterface: "", interfaceNamePrefix: "" },
    detectLocalMode: "",
    enableProfiling: false,
    healthzBindAddress: "",
    hostnameOverride: "",
    iptables: { localhostNodePorts: null, masqueradeAll: false, masqueradeBit: null, ...sync },
    ipvs: {
      excludeCIDRs: null,
      minSyncPeriod: zero,
      scheduler: "",
      strictARP: false,
      syncPeriod: zero,
      tcpFinTimeout: zero,
      tcpTimeout: zero,
      udpTimeout: zero,
    },
    kind: "KubeProxyConfiguration",
    logging,
    metricsBindAddress: "",
    mode: kubernetesMinor(version).rules.namesProxyMode ? "iptables" : "",
    nftables: { masqueradeAll: false, masqueradeBit: null, ...sync },
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
}

function proxyKubeconfig({ endpoint }: ClusterSettings): WritableMap {
  const secrets = "/var/run/secrets/kubernetes.io/serviceaccount";
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { cluster: { "certificate-authority": `${secrets}/ca.crt`, server: `https://${endpoint}` }, name: "default" },
    ],
    contexts: [{ context: { cluster: "default", namespace: "default", user: "default" }, name: "default" }],
    "current-context": "default",
    users: [{ name: "default", user: { tokenFile: `${secrets}/token` } }],
  };
}

function dnsService({ serviceSubnet }: ClusterSettings): StoredObject {
  const clusterIP = addressAt(serviceSubnet, 10);
  const port = (name: string, protocol: string, number: number) => ({
    name,
    port: number,
    protocol,
    targetPort: number,
  });
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      annotations: { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" },
      labels: {
        "k8s-app": "kube-dns",
        "kubernetes.io/cluster-service": "true",
        "kubernetes.io/name": "CoreDNS",
      },
      name: "kube-dns",
      namespace: "kube-system",
    },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      internalTrafficPolicy: "Cluster",
      ipFamilies: [clusterIP.includes(":") ? "IPv6" : "IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [port("dns", "UDP", 53), port("dns-tcp", "TCP", 53), port("metrics", "TCP", 9153)],
      selector: { "k8s-app": "kube-dns" },
      sessionAffinity: "None",
      type: "ClusterIP",
    },
    status: { loadBalancer: {} },
  };
}
