// The ways in which joins are known to fail in the field: what kubeadm says of each, and the test that sees it said.
// docs/join-failures.md is made of this table.
import type { ErrorCode } from "../../src/errors/catalogue.ts";

export interface KnownFailure {
  /** Several entries may share one: causes of one symptom. */
  readonly number: string;
  /** What is wrong. */
  readonly cause: string;
  /** Words that kubeadm says, as the test has them. */
  readonly says: string;
  /** Where the command fails; without it the words are a warning, or a line of a wait. */
  readonly code?: ErrorCode;
  readonly remedy: string;
  /** Path of a file of tests, and the title of a test or the name of a row of a table. */
  readonly test: readonly [file: string, title: string];
}

const workers = "test/faults/faults.test.ts";
const controlPlanes = "test/faults/control-plane.test.ts";
const checks = "src/kubeadm/preflight/worker-checks.test.ts";
const etcd = "src/kubeadm/etcd/join-member.test.ts";
const kubelet = "src/kubeadm/bootstrap/wait-for-healthy-kubelet.test.ts";
const newToken = "Make a new token on a control plane: `kubeadm token create --print-join-command`.";
const upload =
  "Run `kubeadm init phase upload-certs --upload-certs` on a control plane and join with the key that it prints.";

export const knownFailures: readonly KnownFailure[] = [
  {
    number: "1",
    cause: "The token has expired, was deleted, or has a typing error in its first half.",
    says: "could not find a JWS signature",
    code: "DISCOVERY_TOKEN_UNKNOWN",
    remedy: newToken,
    test: [workers, "a token that has expired"],
  },
  {
    number: "1",
    cause: "No token is signed for: the controller manager does not run, or all tokens have expired.",
    says: "all tokens have expired, or the bootstrap signer",
    code: "DISCOVERY_SIGNATURE_MISSING",
    remedy: `${newToken} If that changes nothing, check kube-controller-manager.`,
    test: [workers, "cluster-info without any signature, as no controller manager runs"],
  },
  {
    number: "2",
    cause: "The second half of the token is wrong.",
    says: "can't trust this API Server",
    code: "DISCOVERY_SIGNATURE_INVALID",
    remedy: newToken,
    test: [workers, "a token whose second half is wrong"],
  },
  {
    number: "2",
    cause: "cluster-info was changed after it was signed.",
    says: "failed to verify JWS signature",
    code: "DISCOVERY_SIGNATURE_INVALID",
    remedy: "Make a new token. If that fails in the same way, somebody changes cluster-info on its way: do not join.",
    test: [workers, "cluster-info that was edited after it was signed"],
  },
  {
    number: "3",
    cause: "The clocks of this machine and of the control plane differ, so a new token counts as expired.",
    says: "ahead of the API server's",
    remedy: "Synchronize the clock: `timedatectl set-ntp true`.",
    test: [workers, "says by how much, and goes on"],
  },
  {
    number: "4",
    cause: "This machine's clock is behind, so the server's certificate is not valid yet.",
    says: "certificate is not yet valid",
    code: "DISCOVERY_CLOCK_SKEW",
    remedy: "Synchronize the clock, then join again.",
    test: [workers, "a certificate that is not valid yet, as this machine's clock is behind"],
  },
  {
    number: "4",
    cause: "The API server's certificate has expired.",
    says: "certificate has expired",
    code: "DISCOVERY_TLS_UNTRUSTED",
    remedy: "Run `kubeadm certs renew all` on the control plane.",
    test: [workers, "a certificate that has expired"],
  },
  {
    number: "5",
    cause: "The CA certificate hash belongs to another cluster, or to a CA that was replaced.",
    says: "none of the public keys",
    code: "DISCOVERY_CA_PIN_MISMATCH",
    remedy: "Join with the hash that `kubeadm token create --print-join-command` prints.",
    test: [workers, "a pin of another cluster"],
  },
  {
    number: "6",
    cause: "ca.crt of another cluster is on this machine from an earlier join.",
    says: "refuses the API server",
    remedy: "Move the file away, then join again.",
    test: [
      "src/kubeadm/bootstrap/store-cluster-authority.test.ts",
      "keeps a CA of another cluster, names both, and says what follows and what to do",
    ],
  },
  {
    number: "6",
    cause: "The address leads to another cluster, for example through a wrong load balancer.",
    says: "signed by unknown authority",
    code: "DISCOVERY_TLS_UNTRUSTED",
    remedy: "Compare the CA that is shown with /etc/kubernetes/pki/ca.crt on a control plane.",
    test: [workers, "a discovery file with the CA of another cluster"],
  },
  {
    number: "7",
    cause: "The API server takes no anonymous requests (`--anonymous-auth=false`).",
    says: "takes no anonymous requests",
    code: "DISCOVERY_FORBIDDEN",
    remedy: "Join with `--discovery-file` and `--tls-bootstrap-token`.",
    test: [workers, "401"],
  },
  {
    number: "7",
    cause: "The role that lets everybody read cluster-info is missing.",
    says: "anonymous access",
    code: "DISCOVERY_FORBIDDEN",
    remedy: "Restore it with `kubeadm init phase bootstrap-token`, or join with `--discovery-file`.",
    test: [workers, "403"],
  },
  {
    number: "8",
    cause: "A proxy stands between this machine and the API server, and NO_PROXY does not name the API server.",
    says: "proxyconnect tcp",
    code: "DISCOVERY_UNREACHABLE",
    remedy: "Set NO_PROXY to the API server's address and the cluster's Service and Pod networks.",
    test: [workers, "a proxy that is dead"],
  },
  {
    number: "9",
    cause: "Nobody approves the kubelet's certificate signing request.",
    says: "is Pending: it waits for approval",
    code: "BOOTSTRAP_CSR_PENDING",
    remedy: "Run `kubectl certificate approve NAME`; automatic approval needs kube-controller-manager.",
    test: [workers, "a certificate signing request that nobody approves"],
  },
  {
    number: "9",
    cause: "The certificate signing request is denied.",
    says: "is denied:",
    code: "BOOTSTRAP_CSR_DENIED",
    remedy: "Run `kubectl describe csr NAME` to see who denied it and why.",
    test: [workers, "a certificate signing request that is denied"],
  },
  {
    number: "9",
    cause: "kube-controller-manager does not sign: it does not run, or does not have the CA's key.",
    says: "is approved, but kube-controller-manager has not signed it",
    code: "BOOTSTRAP_CSR_NOT_SIGNED",
    remedy: "Check kube-controller-manager and its `--cluster-signing-key-file`.",
    test: [workers, "a certificate signing request that is approved and not signed"],
  },
  {
    number: "9",
    cause: "The kubelet exits again and again.",
    says: "was restarted",
    code: "KUBELET_CRASH_LOOP",
    remedy: "Read the last line of its log, which is part of the error.",
    test: [kubelet, "ends early, with the telling line, where the kubelet exits again and again"],
  },
  {
    number: "9",
    cause: "The kubelet would use a client certificate that it got in another cluster.",
    says: "the cluster's CA did not issue",
    remedy: "Nothing: kubeadm moves the certificate out of the way and says where it is.",
    test: ["src/kubeadm/bootstrap/set-aside-client-certificate.test.ts", "another cluster's"],
  },
  {
    number: "11",
    cause: "Nothing listens at the kubelet's health endpoint: the kubelet does not run, or serves another address.",
    says: "Nothing listens on 127.0.0.1:",
    code: "KUBELET_UNHEALTHY",
    remedy: "Read the kubelet's log; take out flags that the error names.",
    test: [workers, "a kubelet that never answers its health check"],
  },
  {
    number: "11",
    cause: "The kubelet's health endpoint takes connections, but does not answer in time.",
    says: "did not answer in time",
    code: "KUBELET_UNHEALTHY",
    remedy:
      "See what keeps the kubelet from running: CPU, memory, disk; or a firewall that drops packets to this machine itself.",
    test: [workers, "a health endpoint that takes connections and does not answer"],
  },
  {
    number: "11",
    cause: "The kubelet answers that one of its checks fails.",
    says: "reports that it is not healthy",
    code: "KUBELET_UNHEALTHY",
    remedy: "Run the curl command that is shown; it goes past every proxy, as the check does.",
    test: [workers, "a kubelet that says it is not healthy, whatever proxy there is"],
  },
  {
    number: "11",
    cause: "The cluster's KubeletConfiguration puts the health endpoint at another address.",
    says: "healthzBindAddress of /var/lib/kubelet/config.yaml",
    code: "KUBELET_UNHEALTHY",
    remedy: "Set `healthzBindAddress: 127.0.0.1` in the ConfigMap kube-system/kubelet-config.",
    test: [workers, "a health endpoint that the cluster has put at an address of its own"],
  },
  {
    number: "12",
    cause: "The CRI plugin of containerd is switched off, or containerd is older than 1.6.",
    says: "switched off in /etc/containerd/config.toml line 3",
    code: "PREFLIGHT_FAILED",
    remedy: "Take the entry out of `disabled_plugins`, then run `systemctl restart containerd`.",
    test: [checks, "as Debian's package has it"],
  },
  {
    number: "13",
    cause: "IP forwarding is off, or net.bridge.bridge-nf-call-iptables is missing, as br_netfilter is not loaded.",
    says: "/etc/modules-load.d/kubernetes.conf",
    code: "PREFLIGHT_FAILED",
    remedy:
      "Set `net.ipv4.ip_forward = 1` in /etc/sysctl.d; where the network add-on has a bridge, also load br_netfilter by /etc/modules-load.d.",
    test: [workers, "a machine that does not forward packets, and has no br_netfilter"],
  },
  {
    number: "15",
    cause: "An earlier init or join left files on this machine.",
    says: "Left by an earlier init or join",
    code: "PREFLIGHT_FAILED",
    remedy: "Run `kubeadm reset` first.",
    test: [checks, "say with what an earlier join left how old it is and how to get rid of it, once"],
  },
  {
    number: "15",
    cause: "A kubelet that belongs to a cluster runs on this machine.",
    says: "The kubelet service of this machine runs already",
    code: "PREFLIGHT_FAILED",
    remedy: "Run `kubeadm reset` first.",
    test: [checks, "say that the kubelet runs when its port is taken"],
  },
  {
    number: "16",
    cause: "etcd still has the member of an earlier join of this machine, and its data is gone.",
    says: "whose data is not in",
    code: "ETCD_MEMBER_EXISTS",
    remedy: "Remove the member with the command that is shown, run `kubeadm reset`, and join again.",
    test: [etcd, "where the member has run before and its data is gone"],
  },
  {
    number: "16",
    cause: "A member of etcd is away, so etcd takes no new one.",
    says: "etcdserver: unhealthy cluster: no answer from cp3",
    code: "ETCD_UNHEALTHY",
    remedy: "Bring the member back, or remove it with the command that is shown.",
    test: [etcd, "names the member that is away with the numbers and the command that removes it"],
  },
  {
    number: "17",
    cause: "The new member of etcd never started.",
    says: "is not started",
    code: "ETCD_NOT_STARTED",
    remedy: "Read etcd's last lines, which are shown, and correct what etcd is given.",
    test: [controlPlanes, "whose etcd is given an argument that it does not know"],
  },
  {
    number: "17",
    cause: "The new member of etcd does not catch up: the disk or the network is too slow.",
    says: "can only promote a learner member which is in sync with leader",
    code: "ETCD_NOT_IN_SYNC",
    remedy: "Check disk and network; raise `timeouts.etcdAPICall` for a large database.",
    test: [etcd, "takes a learner that did not catch up out again"],
  },
  {
    number: "18",
    cause: "Another control plane is joining: etcd takes one new member at a time.",
    says: "another control plane joins at this moment",
    remedy: "Nothing: the join waits its turn.",
    test: [etcd, "waits its turn while another one joins, and says for whom"],
  },
  {
    number: "18",
    cause: "The join of the other control plane does not end.",
    says: "member remove",
    code: "ETCD_LEARNER_PENDING",
    remedy: "Wait for it, or remove what it left with the command that is shown.",
    test: [etcd, "whose turn does not come in time is told whose it is"],
  },
  {
    number: "19",
    cause: "The uploaded certificates have expired, which they do after two hours.",
    says: 'Secret "kubeadm-certs" was not found',
    code: "CERTIFICATES_SECRET_MISSING",
    remedy: upload,
    test: [controlPlanes, "after the upload has expired"],
  },
  {
    number: "19",
    cause: "The certificate key is that of an earlier upload.",
    says: "cipher: message authentication failed",
    code: "CERTIFICATE_KEY_WRONG",
    remedy: upload,
    test: [controlPlanes, "with a certificate key that is not the upload's"],
  },
  {
    number: "19",
    cause: "The role that lets tokens read the uploaded certificates is missing.",
    says: 'secrets "kubeadm-certs" is forbidden',
    code: "CERTIFICATES_SECRET_FORBIDDEN",
    remedy: upload,
    test: [controlPlanes, "where the rules of the upload are gone"],
  },
  {
    number: "20",
    cause: "The cluster has no controlPlaneEndpoint, so it takes no second control plane.",
    says: "stable controlPlaneEndpoint",
    code: "CONTROL_PLANE_ENDPOINT_MISSING",
    remedy: "Give the cluster an endpoint, with the steps that the error lists.",
    test: ["src/kubeadm/preflight/init-checks.test.ts", "needs an address for all of them"],
  },
  {
    number: "20b",
    cause: "cluster-info names another address than the one that was typed, and this machine cannot reach it.",
    says: "has led to https://",
    code: "CLUSTER_UNREACHABLE",
    remedy: "Make the address reachable, or correct `server` in the ConfigMap kube-public/cluster-info.",
    test: [
      workers,
      "a cluster-info that names an address where nobody is, as that of a virtual address nobody announces",
    ],
  },
  {
    number: "21",
    cause: "The virtual address of the control plane is dead: nothing announces it.",
    says: "keepalived, kube-vip",
    code: "CLUSTER_UNREACHABLE",
    remedy: "See that keepalived or kube-vip announces the address, then join again.",
    test: [
      workers,
      "a cluster-info that names an address where nobody is, as that of a virtual address nobody announces",
    ],
  },
  {
    number: "22",
    cause: "The role that lets tokens read kubelet-config is missing.",
    says: "may not read the ConfigMap kube-system/kubelet-config",
    code: "CLUSTER_READ_FAILED",
    remedy: "Restore it with `kubeadm init phase upload-config all`.",
    test: [workers, "kubelet-config that may not be read"],
  },
  {
    number: "23",
    cause: "Another machine with the same name is in the cluster.",
    says: 'Node with name "w1" and status "Ready" already exists',
    code: "NODE_NAME_TAKEN",
    remedy: "Join with `--node-name`, or remove the old Node with `kubectl delete node NAME`.",
    test: [workers, "a Node of this name that is Ready"],
  },
  {
    number: "24",
    cause: "No address of this machine can be chosen for the API server: there is no default route.",
    says: "--apiserver-advertise-address",
    code: "CONFIG_INVALID",
    remedy: "Name the address with `--apiserver-advertise-address`.",
    test: ["src/kubeadm/apis/advertise-address.test.ts", "and names the flag that says which address"],
  },
  {
    number: "27",
    cause: "Nobody approves the kubelet's serving certificate (`serverTLSBootstrap`), so logs and exec fail.",
    says: "Kubernetes does not approve such requests by itself",
    remedy: "Check the pending requests and run `kubectl certificate approve NAME`.",
    test: [
      "src/kubeadm/kubelet/serving-certificate.test.ts",
      "a kubelet that requests its serving certificate is told of, with what fails and the commands that approve it",
    ],
  },
  {
    number: "28",
    cause: "The CA's key is kept elsewhere, and a certificate that only it can sign is missing.",
    says: "could not load expected certificate",
    code: "EXTERNAL_CA_INCOMPLETE",
    remedy: "Have the CA sign what `kubeadm certs generate-csr` writes.",
    test: ["src/kubeadm/certificates/certificates.test.ts", "needs every certificate of a CA whose key is elsewhere"],
  },
  {
    number: "29",
    cause: "`--node-labels` has labels that a kubelet may not set on its own Node.",
    says: "node-role.kubernetes.io/worker",
    code: "KUBELET_CRASH_LOOP",
    remedy: "Take them out of `--node-labels` and set them with `kubectl label node NAME KEY=VALUE`.",
    test: [kubelet, "labels that a kubelet may not set"],
  },
  {
    number: "30",
    cause: "The cluster was not created by kubeadm, so its configuration is not there.",
    says: "A cluster that kubeadm has not made has none",
    code: "CLUSTER_READ_FAILED",
    remedy: "Restore it with `kubeadm init phase upload-config all`, or use the tool that created the cluster.",
    test: [workers, "kubeadm-config that is missing"],
  },
  {
    number: "32",
    cause: "A reset leaves the CNI configuration of the old cluster, and Pods get addresses of its network.",
    says: "rm -rf '/etc/cni/net.d/10-a b.conf'",
    remedy: "Run the command that the reset shows.",
    test: ["src/kubeadm/reset/leftovers.test.ts", "CNI configuration"],
  },
  {
    number: "32",
    cause: "A reset leaves rules of kube-proxy and of network add-ons, which lead to Services that are gone.",
    says: "iptables-save | grep -v -E 'KUBE-|CNI-' | iptables-restore",
    remedy: "Run the command that the reset shows.",
    test: ["src/kubeadm/reset/leftovers.test.ts", "rules of kube-proxy and of add-ons"],
  },
];
