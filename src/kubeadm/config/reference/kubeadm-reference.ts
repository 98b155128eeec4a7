import type { Reference } from "./reference-types.ts";

const typeMeta = {
  apiVersion: "Version of the configuration API. Write `kubeadm.k8s.io/v1beta4`.",
  kind: "Kind of the document. A file may contain several documents, separated by a line `---`.",
};

const reapplied =
  "Edit the ConfigMap kubeadm-config in kube-system. On each control plane, write the same value to a file and run " +
  "`kubeadm init phase control-plane all --config FILE`.";
const kubeletFlags =
  "Edit /var/lib/kubelet/kubeadm-flags.env on the node, and run `systemctl restart kubelet`. `kubeadm upgrade` keeps the file.";
const never = "Cannot be changed.";
const rejoined = (what: string) =>
  `Reset one of several control planes, and join it again with the new ${what}. The only control plane cannot change it.`;
const thisRun = "Applies to this run only.";

const skipPhases = {
  text: "Phases to skip. The command's help lists the names. The flag --skip-phases takes precedence.",
  default: "[]",
  later: thisRun,
};
const dryRun = {
  text: "Print what would be done, and change nothing. The flag --dry-run takes precedence.",
  default: "false",
  later: thisRun,
};
const ignorePreflightErrors = {
  text: "Preflight errors to show as warnings, by name: `Swap`, `NumCPU`. `all` ignores every error. Names of --ignore-preflight-errors are added.",
  default: "[]",
  later: thisRun,
};
const certificateKey = {
  text: "Key that encrypts the shared certificates in the Secret kubeadm-certs: 64 hexadecimal digits, as printed by `kubeadm certs certificate-key`.",
  later: "`kubeadm init phase upload-certs --upload-certs` uploads the certificates again, with a new key.",
};
const patches = {
  text: "Patches for what kubeadm writes: static Pod manifests, the kubelet's configuration, and the CoreDNS Deployment.",
  later: "Name the directory in the UpgradeConfiguration too, or with --patches: an upgrade generates the files again.",
};
const imagePullPolicy = {
  text: "Whether preflight pulls the images of a control plane.",
  default: "IfNotPresent",
  later: thisRun,
};
const imagePullSerial = {
  text: "Pull images one after the other. With false, they are pulled in parallel.",
  default: "true",
  later: thisRun,
};
const timeouts = { text: "How long kubeadm waits for each kind of result.", later: thisRun };
const nodeRegistration = "How the machine registers as a Node.";
const localAPIEndpoint = {
  text: "Address and port of the API server on this machine. Not the address of a load balancer: that is `controlPlaneEndpoint`.",
  later: rejoined("address"),
};
const certificatesDir = "Directory of certificates and keys.";

const upgradeWork = {
  certificateRenewal: {
    text: "Renew the certificates of the components that are upgraded.",
    default: "true",
    later: thisRun,
  },
  dryRun,
  etcdUpgrade: { text: "Upgrade etcd as well, if kubeadm runs it on this machine.", default: "true", later: thisRun },
  ignorePreflightErrors,
  patches,
  skipPhases,
  imagePullPolicy,
  imagePullSerial,
};
const versionChoice = {
  kubernetesVersion: "Version to upgrade to. The argument of the command takes precedence.",
  allowExperimentalUpgrades: {
    text: "Offer and accept alpha, beta, and release candidate versions.",
    default: "false",
  },
  allowRCUpgrades: { text: "Offer and accept release candidates.", default: "false" },
};

const component = {
  extraArgs: {
    text: "Flags of the component, in addition to those that kubeadm sets or in their place. In v1beta4, the same flag may be listed more than once.",
    default: "[]",
    later: reapplied,
  },
  extraVolumes: { text: "Directories and files of the host to mount into the Pod.", default: "[]", later: reapplied },
  extraEnvs: { text: "Environment variables of the container.", default: "[]", later: reapplied },
};
const image = {
  imageRepository: {
    text: "Registry and path of the image. If unset, `imageRepository` of the ClusterConfiguration applies.",
    later: "Edit the ConfigMap kubeadm-config in kube-system; the next upgrade uses it.",
  },
  imageTag: {
    text: "Tag of the image, instead of the one that fits the Kubernetes version. kubeadm does not change it in upgrades.",
    later: "Edit the ConfigMap kubeadm-config in kube-system; the next upgrade uses it.",
  },
};

/** kubeadm.k8s.io, all versions. What fields do is described at https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/. */
export const kubeadmReference: Reference = {
  InitConfiguration: {
    ...typeMeta,
    bootstrapTokens: {
      text: "Bootstrap tokens to create. Machines join the cluster with them.",
      default: "one generated token that expires after 24 hours",
      later: "`kubeadm token create` creates more tokens.",
    },
    dryRun,
    nodeRegistration,
    localAPIEndpoint,
    certificateKey,
    skipPhases,
    patches,
    timeouts,
  },
  BootstrapToken: {
    token: { text: "The token: `[a-z0-9]{6}.[a-z0-9]{16}`. It is a secret.", default: "generated" },
    description: "What the token is for. `kubeadm token list` shows it.",
    ttl: {
      text: "How long the token is valid from its creation. `0s` means that it never expires. Excludes `expires`.",
      default: "24h0m0s",
    },
    expires: "When the token expires (RFC 3339). Excludes `ttl`.",
    usages: { text: "What the token may be used for.", default: "[signing, authentication]" },
    groups: {
      text: "Groups that the token authenticates as. Each begins with `system:bootstrappers:`.",
      default: "[system:bootstrappers:kubeadm:default-node-token]",
    },
  },
  NodeRegistrationOptions: {
    name: {
      text: "Name of the Node. kubelet certificates contain it.",
      default: "the machine's hostname, in lowercase",
      later: "Reset a worker, or one of several control planes, and join it again with the new name.",
    },
    criSocket: {
      text: "Socket of the container runtime, as a URL: `unix:///run/containerd/containerd.sock`. Needed only if several runtimes are installed.",
      default: "the only socket that is found",
      later:
        "Edit containerRuntimeEndpoint in /var/lib/kubelet/instance-config.yaml, then run `kubeadm upgrade node phase kubelet-config` and `systemctl restart kubelet`.",
    },
    taints: {
      text: "Taints that the Node registers with. An empty list means none.",
      default:
        "[{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}] on a control plane; none on a worker",
      later: "`kubectl taint nodes NAME …`",
    },
    kubeletExtraArgs: {
      text: "Flags of the kubelet on this machine. Where the KubeletConfiguration has a field for it, prefer a patch of the target `kubeletconfiguration`.",
      default: "[]",
      later: kubeletFlags,
    },
    ignorePreflightErrors,
    imagePullPolicy,
    imagePullSerial,
  },
  Taint: {
    key: "Key of the taint.",
    value: "Value of the taint.",
    effect: "What happens to Pods that do not tolerate the taint.",
    timeAdded: "When the taint was added. Kubernetes sets it.",
  },
  APIEndpoint: {
    advertiseAddress: {
      text: "IP address that the API server advertises to the other members of the cluster.",
      default: "the address of the interface with the default route",
      later: rejoined("address"),
    },
    bindPort: {
      text: "Port that the API server listens on.",
      default: "6443",
      later: rejoined("port"),
    },
  },
  Patches: {
    directory:
      "Directory with files `TARGET[SUFFIX][+PATCHTYPE].EXTENSION`, for example `kube-apiserver0+merge.yaml`. Targets: kube-apiserver, kube-controller-manager, kube-scheduler, etcd, kubeletconfiguration, corednsdeployment. Patch types: strategic, merge, json.",
  },
  Timeouts: {
    controlPlaneComponentHealthCheck: {
      text: "How long each component of a control plane may take to become healthy.",
      default: "4m0s",
      later: thisRun,
    },
    kubeletHealthCheck: { text: "How long the kubelet may take to become healthy.", default: "4m0s", later: thisRun },
    kubernetesAPICall: {
      text: "How long a request to the API server is retried.",
      default: "1m0s",
      later: thisRun,
    },
    etcdAPICall: { text: "How long a request to etcd is retried.", default: "2m0s", later: thisRun },
    tlsBootstrap: {
      text: "How long the kubelet may take to get its client certificate.",
      default: "5m0s",
      later: thisRun,
    },
    discovery: {
      text: "How long a joining machine tries to reach the cluster and to validate its identity.",
      default: "5m0s",
      later: thisRun,
    },
    upgradeManifests: {
      text: "How long a static Pod may take to be replaced in an upgrade.",
      default: "5m0s",
      later: thisRun,
    },
  },
  JoinConfiguration: {
    ...typeMeta,
    dryRun,
    nodeRegistration,
    caCertPath: {
      text: "Where the cluster's CA certificate is written, or read if it exists.",
      default: "/etc/kubernetes/pki/ca.crt",
      later: never,
    },
    discovery: { text: "How the machine finds the cluster and makes sure that it is the right one.", later: thisRun },
    controlPlane: {
      text: "Present if the machine joins as a control plane. `{}` is enough.",
      later: "Reset a worker, or one of several control planes, and join it again with or without --control-plane.",
    },
    skipPhases,
    patches,
    timeouts,
  },
  Discovery: {
    bootstrapToken: "Discovery with a bootstrap token. Excludes `file`.",
    file: "Discovery with a kubeconfig file. Excludes `bootstrapToken`.",
    tlsBootstrapToken: {
      text: "Token that the kubelet requests its certificate with. Required with `file`, unless the kubeconfig has credentials.",
      default: "bootstrapToken.token",
    },
    timeout: {
      text: "How long a joining machine tries to reach the cluster.",
      default: "5m0s",
      deprecated: "timeouts.discovery of v1beta4",
    },
  },
  BootstrapTokenDiscovery: {
    token:
      "The token: `[a-z0-9]{6}.[a-z0-9]{16}`. It verifies the signature of the ConfigMap cluster-info. It is a secret.",
    apiServerEndpoint: "Host and port of an API server, or of the load balancer: `k8s.example.org:6443`.",
    caCertHashes: {
      text: "Hashes of the public keys of CAs: `sha256:` and 64 hexadecimal digits, as printed by `kubeadm token create --print-join-command`. One of them must match.",
      default: "[]",
    },
    unsafeSkipCAVerification: {
      text: "Join without `caCertHashes`. Anyone who has the token can then impersonate the API server.",
      default: "false",
    },
  },
  FileDiscovery: {
    kubeConfigPath: "Path or HTTPS URL of a kubeconfig file with the API server's address and its CA.",
  },
  JoinControlPlane: { localAPIEndpoint, certificateKey },
  ClusterConfiguration: {
    ...typeMeta,
    etcd: {
      text: "Where the cluster keeps its data. `local` and `external` exclude each other.",
      default: "{local: {}}",
    },
    networking: { text: "IP address ranges and the DNS domain of the cluster.", later: never },
    kubernetesVersion: {
      text: "Kubernetes version of the control plane: `v1.37.2`, or a label such as `stable-1`, which is looked up on the internet.",
      default: "stable-1",
      later: "`kubeadm upgrade apply VERSION`",
    },
    controlPlaneEndpoint: {
      text: "Host and port that all machines use for the API server: of a load balancer, or a DNS name. Needed if the cluster is to get more than one control plane.",
      default: "advertiseAddress and bindPort of the first control plane",
      later:
        "Cannot be changed without new certificates and kubeconfig files on every machine: set a DNS name from the start.",
    },
    apiServer: "Settings of the API server.",
    controllerManager: "Settings of the controller manager.",
    scheduler: "Settings of the scheduler.",
    dns: "Settings of CoreDNS.",
    proxy: "Settings of kube-proxy.",
    certificatesDir: { text: certificatesDir, default: "/etc/kubernetes/pki", later: never },
    imageRepository: {
      text: "Registry and path of all images that kubeadm needs.",
      default: "registry.k8s.io",
      later: "Edit the ConfigMap kubeadm-config in kube-system; the next upgrade uses it.",
    },
    featureGates: {
      text: "Feature gates of kubeadm itself, not of Kubernetes' components.",
      default: "{}",
      later: "Edit the ConfigMap kubeadm-config in kube-system; the next upgrade or join uses it.",
    },
    clusterName: { text: "Name of the cluster in kubeconfig files.", default: "kubernetes", later: never },
    encryptionAlgorithm: {
      text: "Algorithm of the keys that kubeadm creates.",
      default: "RSA-2048",
      later:
        "Edit the ConfigMap kubeadm-config in kube-system. New keys use it, including those that `kubeadm certs renew` creates.",
    },
    certificateValidityPeriod: {
      text: "How long certificates are valid that a CA signs.",
      default: "8760h0m0s",
      later: "Edit the ConfigMap kubeadm-config in kube-system; `kubeadm certs renew all` uses it.",
    },
    caCertificateValidityPeriod: {
      text: "How long the certificates of the CAs are valid.",
      default: "87600h0m0s",
      later: never,
    },
  },
  Etcd: {
    local: "etcd as a static Pod on each control plane.",
    external: "An etcd that is operated elsewhere.",
  },
  LocalEtcd: {
    ...image,
    dataDir: { text: "Directory of etcd's data.", default: "/var/lib/etcd", later: never },
    extraArgs: component.extraArgs,
    extraEnvs: component.extraEnvs,
    serverCertSANs: {
      text: "Additional names and IP addresses in etcd's server certificate.",
      default: "[]",
      later:
        "Edit the ConfigMap kubeadm-config, move pki/etcd/server.crt and server.key elsewhere, and run `kubeadm init phase certs etcd-server --config FILE`.",
    },
    peerCertSANs: {
      text: "Additional names and IP addresses in etcd's peer certificate.",
      default: "[]",
      later:
        "Edit the ConfigMap kubeadm-config, move pki/etcd/peer.crt and peer.key elsewhere, and run `kubeadm init phase certs etcd-peer --config FILE`.",
    },
  },
  ExternalEtcd: {
    endpoints: { text: "URLs of the members: `https://10.0.0.1:2379`.", later: reapplied },
    httpEndpoints: {
      text: "URLs of the members where they serve health and metrics over HTTP.",
      default: "endpoints",
      later: reapplied,
    },
    caFile: { text: "Certificate of the CA that etcd's server certificates are signed by.", later: reapplied },
    certFile: { text: "Certificate that the API server authenticates to etcd with.", later: reapplied },
    keyFile: { text: "Key of `certFile`.", later: reapplied },
  },
  Networking: {
    serviceSubnet: {
      text: "IP address range of Services; two for dual stack, separated by a comma.",
      default: "10.96.0.0/12",
      later: never,
    },
    podSubnet: {
      text: "IP address range of Pods; two for dual stack, separated by a comma. If it is set, the controller manager assigns a part of it to each Node.",
      later: never,
    },
    dnsDomain: { text: "DNS domain of Services.", default: "cluster.local", later: never },
  },
  APIServer: {
    ...component,
    certSANs: {
      text: "Additional names and IP addresses in the API server's certificate.",
      default: "[]",
      later:
        "Edit the ConfigMap kubeadm-config, move pki/apiserver.crt and apiserver.key elsewhere, and run `kubeadm init phase certs apiserver --config FILE` on each control plane.",
    },
    timeoutForControlPlane: {
      text: "How long the components of a control plane may take to become healthy.",
      default: "4m0s",
      deprecated: "timeouts.controlPlaneComponentHealthCheck of v1beta4",
    },
  },
  ControlPlaneComponent: component,
  HostPathMount: {
    name: "Name of the volume in the Pod.",
    hostPath: "Path on the host.",
    mountPath: "Path in the container.",
    readOnly: { text: "Mount the volume read-only.", default: "false" },
    pathType: { text: "What must exist on the host: `File`, `DirectoryOrCreate`, …", default: '""' },
  },
  Arg: { name: "Name of the flag, without dashes.", value: "Value of the flag." },
  EnvVar: {
    name: "Name of the variable.",
    value: "Value of the variable.",
    valueFrom: "Source of the value, if it is not written here.",
  },
  DNS: {
    ...image,
    disabled: {
      text: "Do not install CoreDNS.",
      default: "false",
      later: "Delete the Deployment coredns, or run `kubeadm init phase addon coredns`.",
    },
  },
  Proxy: {
    disabled: {
      text: "Do not install kube-proxy.",
      default: "false",
      later: "Delete the DaemonSet kube-proxy, or run `kubeadm init phase addon kube-proxy`.",
    },
  },
  ResetConfiguration: {
    ...typeMeta,
    cleanupTmpDir: { text: "Delete /etc/kubernetes/tmp as well, which holds backups of upgrades.", default: "false" },
    certificatesDir: { text: `${certificatesDir} Its content is deleted.`, default: "/etc/kubernetes/pki" },
    criSocket: {
      text: "Socket of the container runtime whose Pods are removed.",
      default: "the only socket that is found",
    },
    dryRun,
    force: { text: "Do not ask for confirmation.", default: "false" },
    ignorePreflightErrors,
    skipPhases,
    unmountFlags: { text: "Flags of umount2(2) for the mounts below /var/lib/kubelet.", default: "[]" },
    timeouts,
  },
  UpgradeConfiguration: {
    ...typeMeta,
    apply: "Settings of `kubeadm upgrade apply`.",
    diff: "Settings of `kubeadm upgrade diff`.",
    node: "Settings of `kubeadm upgrade node`.",
    plan: "Settings of `kubeadm upgrade plan`.",
    timeouts,
  },
  UpgradeApplyConfiguration: {
    ...versionChoice,
    ...upgradeWork,
    forceUpgrade: { text: "Upgrade even if requirements are not met, without confirmation.", default: "false" },
    printConfig: { text: "Print the configuration that the upgrade uses.", default: "false" },
  },
  UpgradeNodeConfiguration: upgradeWork,
  UpgradePlanConfiguration: {
    ...versionChoice,
    dryRun,
    etcdUpgrade: upgradeWork.etcdUpgrade,
    ignorePreflightErrors,
    printConfig: { text: "Print the cluster's configuration.", default: "false" },
  },
  UpgradeDiffConfiguration: {
    kubernetesVersion: "Version to compare with.",
    contextLines: { text: "Number of unchanged lines to show around each change.", default: "3" },
  },
};
