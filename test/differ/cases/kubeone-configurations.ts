// Configurations in the form that KubeOne writes (kubermatic/kubeone, pkg/templates/kubeadm/v1beta4), with values of our own.
import { document, documents } from "./configuration-text.ts";

const kubelet = "kubelet.config.k8s.io/v1beta1";
const proxy = "kubeproxy.config.k8s.io/v1alpha1";

const kubeOneNode = {
  "nodeRegistration.name": '"cp1"',
  "nodeRegistration.criSocket": "unix:///run/containerd/containerd.sock",
  "nodeRegistration.taints": "[{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]",
  "nodeRegistration.kubeletExtraArgs":
    '[{name: volume-plugin-dir, value: /var/lib/kubelet/volumeplugins}, {name: cloud-provider, value: external}, {name: node-ip, value: 192.0.2.10}, {name: pod-max-pids, value: "-1"}]',
  "nodeRegistration.ignorePreflightErrors":
    "[DirAvailable--var-lib-etcd, DirAvailable--etc-kubernetes-manifests, ImagePull]",
};

/** Many names of flags that newer components no longer have, and lists that are empty. */
export const kubeOne = documents(
  document("InitConfiguration", {
    bootstrapTokens:
      "[{token: abcdef.0123456789abcdef, groups: ['system:bootstrappers:kubeadm:default-node-token'], ttl: 1h0m0s, usages: [signing, authentication]}]",
    "localAPIEndpoint.advertiseAddress": "192.0.2.10",
    ...kubeOneNode,
  }),
  document("ClusterConfiguration", {
    clusterName: "one",
    certificateValidityPeriod: "8760h0m0s",
    caCertificateValidityPeriod: "87600h0m0s",
    kubernetesVersion: "1.37.2",
    controlPlaneEndpoint: "k8s.example.org:6443",
    "apiServer.certSANs": "[k8s.example.org]",
    "apiServer.extraVolumes":
      "[{name: audit-conf, hostPath: /etc/kubernetes/audit, mountPath: /etc/kubernetes/audit, readOnly: true, pathType: DirectoryOrCreate}]",
    "apiServer.extraArgs":
      '[{name: enable-admission-plugins, value: "NamespaceLifecycle,NodeRestriction"}, {name: endpoint-reconciler-type, value: lease}, {name: kubelet-certificate-authority, value: /etc/kubernetes/pki/ca.crt}, {name: profiling, value: "false"}, {name: request-timeout, value: 1m}, {name: service-node-port-range, value: 30000-32767}, {name: tls-cipher-suites, value: TLS_AES_128_GCM_SHA256}]',
    "controllerManager.extraVolumes": "[]",
    "controllerManager.extraArgs":
      '[{name: flex-volume-plugin-dir, value: /var/lib/kubelet/volumeplugins}, {name: profiling, value: "false"}, {name: terminated-pod-gc-threshold, value: "1000"}]',
    "scheduler.extraVolumes": "[]",
    "scheduler.extraArgs": '[{name: profiling, value: "false"}]',
    "etcd.local.dataDir": '""',
    "etcd.local.extraArgs":
      '[{name: experimental-compact-hash-check-enabled, value: "true"}, {name: experimental-corrupt-check-time, value: 240m}]',
    dns: "{}",
    "networking.podSubnet": "10.244.0.0/16",
    "networking.serviceSubnet": "10.96.0.0/12",
    "networking.dnsDomain": "cluster.local",
  }),
  document(
    "KubeletConfiguration",
    {
      cgroupDriver: "systemd",
      containerLogMaxSize: "100Mi",
      containerLogMaxFiles: "5",
      "authentication.anonymous.enabled": "false",
      "authentication.webhook": "{cacheTTL: 0s}",
      "authentication.x509": "{}",
      clusterDNS: "[169.254.20.10]",
      rotateCertificates: "true",
      serverTLSBootstrap: "true",
    },
    kubelet,
  ),
  document("KubeProxyConfiguration", { mode: "iptables", clusterCIDR: "10.244.0.0/16" }, proxy),
);

export const kubeOneJoin = documents(
  document("JoinConfiguration", {
    "controlPlane.localAPIEndpoint.advertiseAddress": "192.0.2.10",
    "discovery.bootstrapToken.apiServerEndpoint": "k8s.example.org:6443",
    "discovery.bootstrapToken.token": "abcdef.0123456789abcdef",
    "discovery.bootstrapToken.unsafeSkipCAVerification": "true",
    ...kubeOneNode,
  }),
);
