/**
 * Every error that a user can cause: its stable code and what to do about it. The codes are the keys, so they are never
 * typed twice; docs/errors.md is generated from this table and a test keeps the two equal.
 *
 * Upstream ends every failure with status 1 (kubeadm 1.34+), preflight failures included, and so do we: scripts that
 * test for "not 0" and scripts that test for 1 both keep working.
 */
export const errorCatalogue = {
  USAGE: {
    summary: "The command line does not name a command, flag or argument that exists, or gives a flag a bad value.",
    remedy: "Run the command with --help to see what it accepts.",
  },
  CONFIG_UNREADABLE: {
    summary: "The configuration file cannot be read.",
    remedy: "Check the path and its permissions; it must be a regular text file of at most 3 MiB.",
  },
  CONFIG_INVALID: {
    summary: "The configuration cannot be decoded or does not pass validation.",
    remedy:
      "Mend the fields that are named; `kubeadm config print init-defaults` and `… join-defaults` show complete files.",
  },
  CONFIG_UNSUPPORTED: {
    summary: "The configuration is of an API version that this program does not read.",
    remedy: "Convert the file with the kubeadm version that is named, using `kubeadm config migrate`.",
  },
  FEATURE_GATE_UNSUPPORTED: {
    summary: "The configuration turns on a feature gate that this program does not implement.",
    remedy:
      "Leave the gate out: user namespaces of the kubelet (UserNamespacesSupport) take the place of RootlessControlPlane.",
  },
  UPGRADE_UNSUPPORTED: {
    summary: "This program does not upgrade clusters; upstream's program does.",
    remedy: "Run the same command with the kubeadm of the Kubernetes project, in the version to upgrade to.",
  },
  CONTROL_PLANE_ENDPOINT_MISSING: {
    summary: "The cluster has no address that stands for all its control planes, so that it cannot get a second one.",
    remedy:
      "Give it one on its control plane: set controlPlaneEndpoint in a ClusterConfiguration that is otherwise that of the ConfigMap kubeadm-config, make the API server's certificate anew for that name (remove apiserver.crt and apiserver.key, then `kubeadm init phase certs apiserver --config FILE`), and upload the file: `kubeadm init phase upload-config kubeadm --config FILE`.",
  },
  SHARED_CERTIFICATES_MISSING: {
    summary: "Certificates and keys that all control planes share are not on this machine, or cannot be used.",
    remedy:
      "Join with --certificate-key: `kubeadm init phase upload-certs --upload-certs` on a control plane shows a key. Or copy ca, front-proxy-ca and etcd/ca (.crt and .key) and sa.pub, sa.key from a control plane's /etc/kubernetes/pki.",
  },
  PREFLIGHT_FAILED: {
    summary: "The machine does not meet the conditions for the command.",
    remedy: "Fix the findings, or name a check in --ignore-preflight-errors to let it pass as a warning.",
  },
  PHASE_UNKNOWN: {
    summary: "A phase named in --skip-phases or skipPhases does not exist.",
    remedy: "Run the command with --help: the list of phases stands at its head.",
  },
  PHASE_DEPENDENCY_MISSING: {
    summary: "A phase is to run without another one whose results it shows.",
    remedy: "Skip both phases, or neither.",
  },
  CANCELLED: {
    summary: "The run was interrupted.",
    remedy: "Run the same command again; where it names files that this run has left, run `kubeadm reset` first.",
  },
  DISCOVERY_UNREACHABLE: {
    summary: "No connection to the API server could be made.",
    remedy:
      "Check the address and port, that the API server runs there, and that no firewall stands between: `curl -k https://ADDRESS/healthz` from this machine must answer.",
  },
  DISCOVERY_TIMEOUT: {
    summary: "The API server accepts connections but does not answer in time.",
    remedy: "Check the API server and its etcd: without a quorum it accepts requests and never answers them.",
  },
  DISCOVERY_NOT_KUBERNETES: {
    summary: "The server that answers is not a Kubernetes API server.",
    remedy: "Check the address and port: an API server listens on 6443 unless it was told otherwise.",
  },
  DISCOVERY_TLS_UNTRUSTED: {
    summary: "The server's certificate does not verify under the cluster's CA.",
    remedy:
      "Compare the CA that is shown with /etc/kubernetes/pki/ca.crt on a control plane; the address may belong to another cluster or to a proxy that replaces certificates.",
  },
  DISCOVERY_CLOCK_SKEW: {
    summary: "This machine's clock and the server's differ so much that certificates or tokens do not verify.",
    remedy: "Synchronise the clock (for example `chronyc makestep` or `timedatectl set-ntp true`), then run again.",
  },
  DISCOVERY_CA_PIN_INVALID: {
    summary: "A CA certificate hash is malformed.",
    remedy: "A hash reads sha256: and 64 hexadecimal digits; `kubeadm token create --print-join-command` prints it.",
  },
  DISCOVERY_CA_PIN_MISMATCH: {
    summary: "No CA of the cluster has one of the pinned public keys.",
    remedy:
      "Compare --discovery-token-ca-cert-hash with what `kubeadm token create --print-join-command` prints on a control plane of the cluster you mean.",
  },
  DISCOVERY_CA_NOT_PINNED: {
    summary: "The API server's certificate is signed by a CA of the cluster that is not pinned.",
    remedy:
      "A cluster that is replacing its CA has two: run `kubeadm token create --print-join-command` on a control plane, and join with all the hashes that it prints. If the CA that is named here is not among them, somebody answers in the API server's place: do not join.",
  },
  DISCOVERY_TOKEN_UNKNOWN: {
    summary: "The cluster has no signature for this token: it has expired, was deleted, or its id is mistyped.",
    remedy: "Make a new one on a control plane: `kubeadm token create --print-join-command`.",
  },
  DISCOVERY_SIGNATURE_MISSING: {
    summary:
      "The cluster-info ConfigMap carries no signature of any token: all tokens have expired, or the bootstrap signer does not run.",
    remedy:
      "Make a new token on a control plane: `kubeadm token create --print-join-command` (they expire after 24 hours). If that changes nothing, kube-controller-manager does not sign: check it (`kubectl -n kube-system get pods`).",
  },
  DISCOVERY_SIGNATURE_INVALID: {
    summary:
      "The signature of cluster-info does not fit the token: its secret half is wrong or the content was edited.",
    remedy:
      "Make a new token with `kubeadm token create --print-join-command`; if that fails in the same way, somebody changed cluster-info on its way: do not join.",
  },
  DISCOVERY_FORBIDDEN: {
    summary: "The API server does not let this identity read what the join needs.",
    remedy:
      "Token discovery needs anonymous access to the cluster-info ConfigMap. Where that is switched off, join with --discovery-file and --tls-bootstrap-token.",
  },
  DISCOVERY_CLUSTER_INFO_INVALID: {
    summary: "The cluster-info ConfigMap is there, but its content cannot be used.",
    remedy: "Restore it on a control plane with `kubeadm init phase bootstrap-token`.",
  },
  DISCOVERY_FILE_INVALID: {
    summary: "The discovery file is missing, unreadable or not a usable kubeconfig.",
    remedy:
      "Write one on a control plane: `kubectl -n kube-public get cm cluster-info -o jsonpath='{.data.kubeconfig}'`.",
  },
  DISCOVERY_FILE_LOCAL_ACCESS: {
    summary: "A discovery file that comes from a URL names files or programs of this machine.",
    remedy:
      "Put the contents into the file (certificate-authority-data, client-certificate-data, client-key-data, token), or fetch it yourself and pass its path. Where whoever serves the URL may read files and run programs as root here, add --discovery-file-unsafe-local-access.",
  },
  KUBECONFIG_INVALID: {
    summary: "A kubeconfig file cannot be used.",
    remedy: "Check the file that is named; `kubectl --kubeconfig FILE config view` shows what can be read of it.",
  },
  BOOTSTRAP_CREDENTIALS_MISSING: {
    summary: "There are no credentials for the TLS bootstrap.",
    remedy: "Pass --tls-bootstrap-token, or a discovery file that has credentials in it.",
  },
  TOKEN_EXISTS: {
    summary: "The cluster has a bootstrap token with this id already.",
    remedy: "Leave the token out for a random one, or remove the old one first: `kubeadm token delete ID`.",
  },
  TOKEN_REJECTED: {
    summary: "The API server does not accept the token.",
    remedy: "Make a new one on a control plane: `kubeadm token create --print-join-command`.",
  },
  CLUSTER_READ_FAILED: {
    summary: "The cluster's configuration could not be read.",
    remedy:
      "Run with -v=6 to see the requests; check that the ConfigMaps and RBAC rules of `kubeadm init` are in place.",
  },
  CLUSTER_VERSION_UNSUPPORTED: {
    summary: "The cluster's version lies outside what this program can join.",
    remedy: "Use a kubeadm of the cluster's minor version.",
  },
  CLUSTER_UNREACHABLE: {
    summary: "The API server that discovery led to cannot be reached, or cannot any more.",
    remedy:
      "Check that this machine resolves and reaches the address that cluster-info or the discovery file names, and that an API server answers there.",
  },
  CLUSTER_REQUEST_FAILED: {
    summary: "A request to the API server failed.",
    remedy: "Read the cause; run with -v=6 to see the requests.",
  },
  ADMIN_WITHOUT_RIGHTS: {
    summary:
      "The user of admin.conf has no rights in the cluster, and there is no super-admin.conf to grant them with.",
    remedy:
      "Bind the group as somebody who may: `kubectl create clusterrolebinding kubeadm:cluster-admins --clusterrole=cluster-admin --group=kubeadm:cluster-admins`. Where ca.key is at hand, `kubeadm init phase kubeconfig super-admin` makes a super-admin.conf.",
  },
  CERTIFICATE_INVALID: {
    summary: "A certificate or key that is there already cannot be used.",
    remedy:
      "Look at it with `openssl x509 -noout -text -in FILE`. Put the right pair of files in its place, or move both away to have them made anew.",
  },
  CERTIFICATE_AUTHORITY_MISSING: {
    summary: "The certificate authority that has to sign is not there.",
    remedy: "Make it with `kubeadm init phase certs ca`, or put the cluster's own ca.crt and ca.key there.",
  },
  EXTERNAL_CA_INCOMPLETE: {
    summary:
      "The key of a CA is kept elsewhere (ca.crt is there, ca.key is not), and something that only it can sign is missing or does not fit.",
    remedy:
      "`kubeadm certs generate-csr` writes keys and requests for all that is needed: have the CA sign them and put the certificates in place. Or bring the CA's key.",
  },
  CERTIFICATES_SECRET_MISSING: {
    summary: "The cluster keeps no Secret with the certificates that control planes share: it lives for two hours.",
    remedy:
      "Run `kubeadm init phase upload-certs --upload-certs` on a control plane and join with the key that it prints, or copy the files of /etc/kubernetes/pki there and join without --certificate-key.",
  },
  CERTIFICATES_SECRET_FORBIDDEN: {
    summary: "The identity that joins may not read the Secret with the certificates that control planes share.",
    remedy:
      "Restore kubeadm's rules with `kubeadm init phase upload-certs --upload-certs` on a control plane, and use a token of the group system:bootstrappers:kubeadm:default-node-token.",
  },
  CERTIFICATES_SECRET_INVALID: {
    summary: "The Secret with the certificates that control planes share lacks one, or holds something else.",
    remedy:
      "Upload them anew with `kubeadm init phase upload-certs --upload-certs` on a control plane, with --config where its etcd is external.",
  },
  CERTIFICATE_KEY_WRONG: {
    summary: "The certificate key does not open the Secret with the certificates that control planes share.",
    remedy:
      "Each upload makes a new key: take the one of the latest, or upload anew with `kubeadm init phase upload-certs --upload-certs` on a control plane.",
  },
  DNS_DEPLOYMENTS_AMBIGUOUS: {
    summary:
      "Several Deployments claim to serve the cluster's names (label k8s-app=kube-dns); which one is kubeadm's cannot be told.",
    remedy:
      "Remove the label from those that are not kubeadm's (`kubectl -n kube-system get deployments -l k8s-app=kube-dns`), or leave CoreDNS alone with --skip-phases=addon/coredns.",
  },
  NODE_NOT_REGISTERED: {
    summary: "The kubelet has not registered this machine as a Node.",
    remedy:
      "Read `journalctl -u kubelet`; check that the kubelet's name (hostname-override) is the node name that kubeadm was given.",
  },
  MANIFEST_INVALID: {
    summary: "The file of a static Pod cannot be read back as one.",
    remedy:
      "Write it anew with `kubeadm init phase control-plane all`, or with the join's control-plane-prepare phase.",
  },
  CONTROL_PLANE_UNHEALTHY: {
    summary: "A component of the control plane did not become healthy in time.",
    remedy:
      "Look at its containers with `crictl ps -a` and at their logs with `crictl logs ID`; `journalctl -xeu kubelet` shows what the kubelet makes of its Pod.",
  },
  CONTROL_PLANE_CRASH_LOOP: {
    summary: "A container of the control plane exits again and again.",
    remedy:
      "Its last lines name the cause: an argument (extraArgs, patches), a file that is not mounted, or etcd that does not answer.",
  },
  CONTROL_PLANE_NOT_STARTED: {
    summary: "The kubelet has made no container for a static Pod of the control plane.",
    remedy:
      "Read `journalctl -xeu kubelet`; check that staticPodPath of /var/lib/kubelet/config.yaml is /etc/kubernetes/manifests.",
  },
  CONTROL_PLANE_IMAGE_MISSING: {
    summary: "An image of the control plane is neither on this machine nor can it be pulled.",
    remedy:
      "`kubeadm config images pull` shows why. Without a network, load it from a file: `ctr -n k8s.io images import FILE`.",
  },
  CONTROL_PLANE_PORT_TAKEN: {
    summary: "A port that a component of the control plane needs is taken by another program.",
    remedy: "`ss -ltnp` shows which program has it: stop that program, or give the component another port.",
  },
  NODE_NAME_TAKEN: {
    summary: "A Ready Node of this name is already in the cluster.",
    remedy: "Choose another name with --node-name, or remove the old node: `kubectl delete node NAME`.",
  },
  PATCH_INVALID: {
    summary: "A patch cannot be read or does not apply.",
    remedy: "Mend the file that is named; its name must read target[suffix][+patchtype].yaml or .json.",
  },
  FILE_OPERATION_FAILED: {
    summary: "A file or directory of this machine could not be read or written.",
    remedy: "Check free space, permissions, and that the file system is not mounted read-only.",
  },
  SERVICE_MANAGER_FAILED: {
    summary: "The service manager did not do what it was asked to.",
    remedy: "Read the cause; `systemctl status kubelet` and `journalctl -xe` show more.",
  },
  KUBELET_MISSING: {
    summary: "The kubelet program or its service is not installed.",
    remedy: "Install the kubelet of the cluster's version together with its systemd unit.",
  },
  KUBELET_UNHEALTHY: {
    summary: "The kubelet did not become healthy in time.",
    remedy: "Read the lines of its journal; `journalctl -xeu kubelet` shows more.",
  },
  KUBELET_CRASH_LOOP: {
    summary: "The kubelet exits again and again.",
    remedy: "Its last lines name the cause; `journalctl -xeu kubelet` shows more.",
  },
  BOOTSTRAP_CSR_PENDING: {
    summary: "The kubelet's certificate signing request was not approved in time.",
    remedy:
      "See it with `kubectl get csr` and approve it with `kubectl certificate approve NAME`; automatic approval needs kube-controller-manager and the ClusterRoleBinding kubeadm:node-autoapprove-bootstrap.",
  },
  BOOTSTRAP_CSR_DENIED: {
    summary: "The kubelet's certificate signing request was denied.",
    remedy: "Ask who denied it (`kubectl describe csr NAME`); then run `kubeadm reset` and join again.",
  },
  BOOTSTRAP_CSR_NOT_SIGNED: {
    summary: "The kubelet's certificate signing request is approved but was not signed in time.",
    remedy: "Check kube-controller-manager: it signs only where it has the CA's key (--cluster-signing-key-file).",
  },
  BOOTSTRAP_TIMEOUT: {
    summary: "The kubelet did not finish its TLS bootstrap in time.",
    remedy: "Read `journalctl -xeu kubelet`; check that this machine reaches the API server that is named.",
  },
  CONTAINER_RUNTIME_FAILED: {
    summary: "The container runtime cannot be reached or does not answer as a CRI runtime.",
    remedy:
      'Check the runtime\'s service and that its CRI plugin is on (containerd: no `disabled_plugins = ["cri"]` in /etc/containerd/config.toml).',
  },
  RESET_NOT_CONFIRMED: {
    summary: "The question whether to reset this machine was not answered with yes; nothing was changed.",
    remedy: "Answer y, or run `kubeadm reset --force` where nobody can answer.",
  },
  RESET_DIRECTORY_UNSAFE: {
    summary: "A directory that a reset is to empty is none of a cluster's; nothing was changed.",
    remedy: "Check --cert-dir (certificatesDir): it must name the directory that holds the cluster's certificates.",
  },
  RESET_UNMOUNT_FAILED: {
    summary: "Something that is mounted below the kubelet's directory could not be unmounted.",
    remedy:
      "See who uses it with `fuser -vm PATH`, end that, and run `kubeadm reset` again; unmountFlags: [MNT_DETACH] in a ResetConfiguration unmounts what is in use.",
  },
  ETCD_UNREACHABLE: {
    summary: "No member of the cluster's etcd answers.",
    remedy:
      "See on the control planes that etcd runs (`crictl ps -a --name etcd`, `crictl logs`), and that this machine reaches their port 2379.",
  },
  ETCD_UNTRUSTED: {
    summary: "etcd and this program do not take each other's certificates.",
    remedy:
      "Compare /etc/kubernetes/pki/etcd/ca.crt with that of another control plane (`openssl x509 -noout -fingerprint -sha256`); `kubeadm certs check-expiration` shows whether something has expired.",
  },
  ETCD_NO_QUORUM: {
    summary: "etcd has no quorum: less than half of its voting members work, so nothing can be changed.",
    remedy:
      "Bring the members that are named back; if they are lost for good, restore etcd from a snapshot: https://etcd.io/docs/latest/op-guide/recovery/",
  },
  ETCD_UNHEALTHY: {
    summary: "etcd takes no new member, since it is not healthy.",
    remedy:
      "Bring the members that are named back, or remove them with `etcdctl member remove ID`; then run `kubeadm reset` on this machine and join again.",
  },
  ETCD_LEARNER_PENDING: {
    summary: "etcd takes one new member at a time, and another one was still joining when the time was over.",
    remedy:
      "Let the join of the control plane that is named end, or remove its member with `etcdctl member remove ID` if it never will; then run `kubeadm reset` on this machine and join again.",
  },
  ETCD_MEMBER_EXISTS: {
    summary: "etcd has a member with this machine's address whose data is not here any more.",
    remedy:
      "Remove that member with `etcdctl member remove ID`; then run `kubeadm reset` on this machine and join again.",
  },
  ETCD_MEMBER_REMOVED: {
    summary: "Somebody removed the new member from etcd while it was joining.",
    remedy: "Run `kubeadm reset` on this machine, then join again.",
  },
  ETCD_DATA_FOREIGN: {
    summary: "etcd's data directory on this machine holds what is not the data of the member that is to start.",
    remedy:
      "Look at what it is. If nobody needs it, `kubeadm reset` empties the directory; then join again. etcd is never started on it.",
  },
  ETCD_NOT_STARTED: {
    summary: "The new member was added to etcd, but etcd did not start on this machine in time.",
    remedy:
      "Read `crictl logs $(crictl ps -a --name etcd -q | head -1)` and `journalctl -u kubelet` here; check that the other control planes reach this machine's port 2380.",
  },
  ETCD_NOT_IN_SYNC: {
    summary: "The new member of etcd did not catch up with the others in time.",
    remedy:
      "Check disk and network between the control planes; a large database needs more time: raise timeouts.etcdAPICall.",
  },
  ETCD_REQUEST_FAILED: {
    summary: "etcd refused a request.",
    remedy: "Read etcd's log on a control plane: `crictl logs $(crictl ps --name etcd -q)`.",
  },
  EXTERNAL_ETCD_UNUSABLE: {
    summary: "An external etcd that the configuration names cannot be asked for its version.",
    remedy: "Check the endpoints and the certificate files of etcd.external, and that etcd runs there.",
  },
  ROOTFS_UNUSABLE: {
    summary: "The directory given with --rootfs cannot be used.",
    remedy: "Name an absolute path of an existing directory.",
  },
  PRIVILEGE_REQUIRED: {
    summary: "The operation needs root.",
    remedy: "Run the command as root, for example with sudo.",
  },
} as const satisfies Record<string, { readonly summary: string; readonly remedy: string }>;

/** A stable name that scripts and support tools may match on; never renamed, never reused. */
export type ErrorCode = keyof typeof errorCatalogue;
