import { shell } from "../values/shell.ts";
import { remedyBefore } from "./decision.ts";
import { deletingNode, removingMember, resetting } from "./destructive-steps.ts";
/** Where a user finds all fields of a configuration file. */
export const completeFiles =
  "`kubeadm config print init-defaults`, `… join-defaults`, `… reset-defaults` and `… upgrade-defaults` print complete files.";

/**
 * The error codes, each with a summary and a remedy. The remedy is general: `KubeadmError.remedy` can be more specific.
 * docs/errors.md is generated from this table, and `npm run docs -- --check` fails when they differ.
 *
 * Every failure ends with exit status 1, preflight failures included, as in upstream since kubeadm 1.34: scripts that test
 * for "not 0" and scripts that test for 1 both keep working.
 */
export const errorCatalogue = {
  USAGE: {
    summary: "The command, flag or argument does not exist, or a flag's value is not valid.",
    remedy: "Run the command with --help to see its arguments and flags.",
  },
  CONFIG_UNREADABLE: {
    summary: "The configuration file cannot be read.",
    remedy: "Check the path and its permissions. The file must be a regular text file of at most 3 MiB.",
  },
  CONFIG_INVALID: {
    summary: "The configuration cannot be decoded or is not valid.",
    remedy: `Fix the fields that the message names. ${completeFiles}`,
  },
  CONFIG_UNSUPPORTED: {
    summary: "The configuration uses an API version that this program does not support.",
    remedy: "Convert the file with `kubeadm config migrate` of the kubeadm version that the message names.",
  },
  FEATURE_GATE_UNSUPPORTED: {
    summary: "The configuration enables a feature gate that this program does not support.",
    remedy:
      "Remove the feature gate. The kubelet's user namespaces (UserNamespacesSupport) replace RootlessControlPlane.",
  },
  UPGRADE_VERSION_REFUSED: {
    summary: "The version policy does not allow an upgrade of the cluster to this version.",
    remedy:
      "Choose a version that `kubeadm upgrade plan` offers. Upgrade one minor version at a time, with the kubeadm of the target version; kubelets may be up to three minor versions older.",
  },
  UPGRADE_NOT_CONFIRMED: {
    summary: "The upgrade was not confirmed; nothing was changed.",
    remedy: "Answer y, or run `kubeadm upgrade apply --yes` to skip the question.",
  },
  UPGRADE_COMPONENT_FAILED: {
    summary: "A control plane component failed in its new version; the previous version is running again.",
    remedy: "Fix the cause that the message names, then run the same command again.",
  },
  UPGRADE_ROLLBACK_FAILED: {
    summary: "A control plane component failed in its new version, and also after its previous version was restored.",
    remedy:
      "Restore the manifests from the newest directory /etc/kubernetes/tmp/kubeadm-backup-manifests-*; `journalctl -u kubelet` and `crictl ps -a` show why the Pods aren't running.",
  },
  MIRROR_POD_OUTDATED: {
    summary: "The new control plane components work, but the API server still shows their previous Pods.",
    remedy:
      "Check the kubelet, which writes the mirror Pods (`journalctl -u kubelet`), then run the same command again: it does not restart the components.",
  },
  UPGRADE_BACKUP_FAILED: {
    summary: "etcd's data could not be saved before the upgrade of etcd.",
    remedy:
      "Free space on the file system of /etc/kubernetes/tmp, or move old backups (kubeadm-backup-*) elsewhere; check etcd with `kubeadm doctor`. Then run the same command again. To upgrade without etcd, pass --etcd-upgrade=false.",
  },
  UPGRADE_ETCD_FAILED: {
    summary: "The new etcd failed; the previous version is running again.",
    remedy: "Fix the cause that the message names, then run the same command again.",
  },
  RELEASE_UNKNOWN: {
    summary: "No Kubernetes version was found for a version or a label such as `stable`.",
    remedy: "Specify an exact version, for example v1.37.2, which needs no lookup.",
  },
  MANIFEST_MISSING: {
    summary: "A static Pod manifest of this control plane is missing.",
    remedy:
      "Run the command on a control plane node. If this is one, copy the file back from the newest directory /etc/kubernetes/tmp/kubeadm-backup-manifests-*, or create it with `kubeadm init phase control-plane`.",
  },
  CONTROL_PLANE_ENDPOINT_MISSING: {
    summary: "The cluster has no controlPlaneEndpoint, so no other control plane nodes can join it.",
    remedy:
      "On the control plane, copy the ClusterConfiguration from the ConfigMap kubeadm-config to a file and set controlPlaneEndpoint in it. Create a new API server certificate for that name: move apiserver.crt and apiserver.key away, then run `kubeadm init phase certs apiserver --config FILE`. Upload the file: `kubeadm init phase upload-config kubeadm --config FILE`.",
  },
  SHARED_CERTIFICATES_MISSING: {
    summary: "Certificates and keys that all control plane nodes share are missing on this machine, or are not usable.",
    remedy:
      "Join with --certificate-key: `kubeadm init phase upload-certs --upload-certs` on a control plane prints a key. Or copy ca, front-proxy-ca and etcd/ca (.crt and .key), sa.pub and sa.key from /etc/kubernetes/pki of a control plane.",
  },
  PREFLIGHT_FAILED: {
    summary: "Preflight checks failed on this machine.",
    remedy: "Fix the reported errors. To turn an error into a warning, name its check in --ignore-preflight-errors.",
  },
  PHASE_UNKNOWN: {
    summary: "A phase named in --skip-phases or skipPhases does not exist.",
    remedy: "Run the command with --help to list its phases.",
  },
  PHASE_DEPENDENCY_MISSING: {
    summary: "A phase cannot run without another phase whose results it uses.",
    remedy: "Skip both phases, or neither.",
  },
  CANCELLED: {
    summary: "The command was interrupted.",
    remedy: "Run the same command again: it resumes where this run stopped.",
  },
  NODE_UNHEALTHY: {
    summary: "`kubeadm doctor` found an error. The page of its --report names this code.",
    remedy: "Fix the first cause, then run `kubeadm doctor` again.",
  },
  RUN_ACTIVE: {
    summary: "Another kubeadm process is changing this machine.",
    remedy: "Wait until it finishes, or run the command with --wait.",
  },
  RUN_UNFINISHED: {
    summary: "An earlier run on this machine is unfinished and differs from this one.",
    remedy: remedyBefore(
      "Finish the earlier run: use its command, role, node name, cluster and configuration.",
      resetting({ id: "unfinished-run", when: "that run is abandoned", after: ", then run this command again" }),
    ),
  },
  JOURNAL_NEWER: {
    summary: "A newer version of kubeadm left an unfinished run on this machine.",
    remedy: remedyBefore(
      "Finish that run with that version of kubeadm.",
      resetting({ id: "newer-run", when: "that run is abandoned", after: ", with that version" }),
    ),
  },
  JOURNAL_DAMAGED: {
    summary: "The journal of an unfinished run is damaged. The run continues without it.",
    remedy: remedyBefore(
      "Run the same command again. If preflight checks find files of the earlier run, move them away.",
      resetting({ id: "damaged-journal", when: "nothing on this machine is needed" }),
    ),
  },
  JOURNAL_UNWRITABLE: {
    summary: "The journal in /var/lib/kubeadm cannot be written. kubeadm records every change before making it.",
    remedy: "Free space on the file system of /var/lib/kubeadm, or make it writable. Then run the same command again.",
  },
  DIRECTORY_UNTRUSTED: {
    summary: "A directory that only root should be able to change could have been written by another user.",
    remedy:
      "Find out who created it, and why. Then move it away, for example with `mv /var/lib/kubeadm /var/lib/kubeadm.untrusted`, and run the command again. /var/lib/kubeadm holds the records that kubeadm needs to resume an interrupted run and to undo fixes of `kubeadm doctor`. Don't change its owner to root instead: kubeadm would trust the contents.",
  },
  DISCOVERY_UNREACHABLE: {
    summary: "The API server could not be reached.",
    remedy:
      "Check the address and port, that the API server runs there, and that no firewall blocks the connection: `curl -k https://ADDRESS/healthz` must work on this machine.",
  },
  DISCOVERY_TIMEOUT: {
    summary: "The API server accepts connections but does not respond in time.",
    remedy:
      "Check the API server and its etcd: when etcd has no quorum, the API server accepts requests and never responds.",
  },
  DISCOVERY_NOT_KUBERNETES: {
    summary: "The server at this address is not a Kubernetes API server.",
    remedy: "Check the address and port. An API server listens on port 6443 by default.",
  },
  TLS_ALGORITHMS_REFUSED: {
    summary: "The server ended the TLS handshake, because it accepts none of the algorithms that this program offers.",
    remedy:
      "If the server's certificate has an ML-DSA key, use the kubeadm executable; the library needs Node.js with OpenSSL 3.5 or later (`node -p process.versions.openssl` prints its version). Otherwise check the API server's flags --tls-cipher-suites and --tls-min-version, and what a load balancer in front of it accepts.",
  },
  DISCOVERY_TLS_UNTRUSTED: {
    summary: "The server's certificate is not signed by the cluster's CA.",
    remedy:
      "Compare the CA in the message with /etc/kubernetes/pki/ca.crt on a control plane. The address may belong to another cluster or to a proxy that replaces certificates.",
  },
  DISCOVERY_CLOCK_SKEW: {
    summary: "The clocks of this machine and of the server differ so much that certificates or tokens are not valid.",
    remedy:
      "Synchronize the clock (for example with `chronyc makestep` or `timedatectl set-ntp true`), then run the command again.",
  },
  DISCOVERY_CA_PIN_INVALID: {
    summary: "A CA certificate hash has the wrong format.",
    remedy:
      "Use `sha256:` followed by 64 hexadecimal digits. `kubeadm token create --print-join-command` prints the hash.",
  },
  DISCOVERY_CA_PIN_MISMATCH: {
    summary: "No CA of the cluster matches a pinned public key.",
    remedy:
      "Compare --discovery-token-ca-cert-hash with the hash that `kubeadm token create --print-join-command` prints on a control plane of the cluster that you want to join.",
  },
  DISCOVERY_CA_NOT_PINNED: {
    summary: "The API server's certificate is signed by a CA of the cluster that is not pinned.",
    remedy:
      "A cluster that is replacing its CA has two. Run `kubeadm token create --print-join-command` on a control plane and join with all the hashes that it prints. If the CA that the message names is not among them, another server is posing as the API server: do not join.",
  },
  DISCOVERY_TOKEN_UNKNOWN: {
    summary: "The cluster has no signature for this token: the token has expired, was deleted, or its ID is mistyped.",
    remedy: "Create a new token on a control plane: `kubeadm token create --print-join-command`.",
  },
  DISCOVERY_SIGNATURE_MISSING: {
    summary:
      "The cluster-info ConfigMap has no signatures: all tokens have expired, or the bootstrap signer is not running.",
    remedy:
      "Create a new token on a control plane: `kubeadm token create --print-join-command` (tokens expire after 24 hours). If that doesn't help, check that kube-controller-manager, which signs, is running (`kubectl -n kube-system get pods`).",
  },
  DISCOVERY_SIGNATURE_INVALID: {
    summary:
      "The signature of cluster-info does not match the token: the token's secret half is wrong, or cluster-info was edited.",
    remedy:
      "Create a new token on a control plane: `kubeadm token create --print-join-command`. If joining with it fails in the same way, cluster-info was changed on the way to this machine: do not join.",
  },
  DISCOVERY_FORBIDDEN: {
    summary: "The API server does not allow this user to read what the join needs.",
    remedy:
      "Token discovery needs anonymous access to the ConfigMap cluster-info. If anonymous access is disabled, join with --discovery-file and --tls-bootstrap-token.",
  },
  DISCOVERY_CLUSTER_INFO_INVALID: {
    summary: "The content of the cluster-info ConfigMap is not valid.",
    remedy: "Restore it on a control plane with `kubeadm init phase bootstrap-token`.",
  },
  DISCOVERY_FILE_INVALID: {
    summary: "The discovery file is missing, unreadable or not a valid kubeconfig.",
    remedy:
      "Create one on a control plane: `kubectl -n kube-public get cm cluster-info -o jsonpath='{.data.kubeconfig}'`.",
  },
  DISCOVERY_FILE_LOCAL_ACCESS: {
    summary: "A discovery file from a URL refers to files or programs on this machine.",
    remedy:
      "Put the contents into the file (certificate-authority-data, client-certificate-data, client-key-data, token), or download the file and pass its path. If you trust the server of the URL to read files and run programs as root on this machine, add --discovery-file-unsafe-local-access.",
  },
  KUBECONFIG_INVALID: {
    summary: "A kubeconfig file is not valid.",
    remedy:
      "Fix the file that the message names. `kubectl --kubeconfig FILE config view` shows what kubectl reads from it.",
  },
  BOOTSTRAP_CREDENTIALS_MISSING: {
    summary: "There are no credentials for TLS bootstrapping.",
    remedy: "Pass --tls-bootstrap-token, or a discovery file that contains credentials.",
  },
  TOKEN_EXISTS: {
    summary: "A bootstrap token with this ID already exists.",
    remedy: remedyBefore("Omit the token to create a random one.", {
      id: "existing-token",
      proof: { decided: "no machine still needs the existing one to join" },
      act: "delete it first with `kubeadm token delete ID`",
      lost: "that token",
    }),
  },
  TOKEN_REJECTED: {
    summary: "The API server does not accept the token.",
    remedy: "Create a new token on a control plane: `kubeadm token create --print-join-command`.",
  },
  CLUSTER_READ_FAILED: {
    summary: "The cluster's configuration could not be read.",
    remedy:
      "Run the command with -v=6 to see the requests. Check that the ConfigMaps and RBAC rules that `kubeadm init` creates exist.",
  },
  CLUSTER_VERSION_UNSUPPORTED: {
    summary: "This program cannot join clusters of this version.",
    remedy: "Use kubeadm of the cluster's minor version.",
  },
  CLUSTER_UNREACHABLE: {
    summary: "The API server that discovery found cannot be reached, or is no longer reachable.",
    remedy:
      "Check that this machine can resolve and reach the address in cluster-info or in the discovery file, and that an API server listens there.",
  },
  CLUSTER_REQUEST_FAILED: {
    summary: "A request to the API server failed.",
    remedy: "See the cause. Run the command with -v=6 to see the requests.",
  },
  ADMIN_WITHOUT_RIGHTS: {
    summary:
      "The user in admin.conf has no permissions in the cluster, and there is no super-admin.conf to grant them with.",
    remedy:
      "As a cluster administrator, bind the group: `kubectl create clusterrolebinding kubeadm:cluster-admins --clusterrole=cluster-admin --group=kubeadm:cluster-admins`. If you have ca.key, create a super-admin.conf with `kubeadm init phase kubeconfig super-admin`.",
  },
  CERTIFICATE_INVALID: {
    summary: "An existing certificate or key is not usable.",
    remedy:
      "Inspect it with `openssl x509 -noout -text -in FILE`. Replace the certificate and its key with a matching pair, or move both files away and kubeadm creates new ones.",
  },
  KEY_ALGORITHM_UNSUPPORTED: {
    summary:
      "The cryptographic library that this program runs with cannot create keys of the configured encryptionAlgorithm.",
    remedy:
      "Use the kubeadm executable, which supports all algorithms. For the library, ML-DSA needs Node.js 24.6 or later with OpenSSL 3.5 or later: `node -p process.versions.openssl` prints its version. Or set another encryptionAlgorithm in ClusterConfiguration.",
  },
  CERTIFICATE_AUTHORITY_MISSING: {
    summary: "The certificate authority (CA) that signs this certificate is missing.",
    remedy: "Create it with `kubeadm init phase certs ca`, or copy the cluster's ca.crt and ca.key to this machine.",
  },
  EXTERNAL_CA_INCOMPLETE: {
    summary:
      "The CA is external (ca.crt exists, ca.key does not), and a certificate or kubeconfig that it must sign is missing or does not match.",
    remedy:
      "Create keys and certificate signing requests with `kubeadm certs generate-csr`, sign the requests with the CA, and copy the certificates to this machine. Or copy the CA's key to this machine.",
  },
  CERTIFICATES_SECRET_MISSING: {
    summary:
      "The Secret with the shared certificates of the control plane does not exist: it is deleted after two hours.",
    remedy:
      "Run `kubeadm init phase upload-certs --upload-certs` on a control plane and join with the key that it prints. Or copy the shared files from /etc/kubernetes/pki of a control plane to this machine and join without --certificate-key.",
  },
  CERTIFICATES_SECRET_FORBIDDEN: {
    summary: "The joining node is not allowed to read the Secret with the shared certificates of the control plane.",
    remedy:
      "Restore the RBAC rules with `kubeadm init phase upload-certs --upload-certs` on a control plane, and join with a token of the group system:bootstrappers:kubeadm:default-node-token.",
  },
  CERTIFICATES_SECRET_INVALID: {
    summary: "The Secret with the shared certificates of the control plane is incomplete or not valid.",
    remedy:
      "Upload the certificates again with `kubeadm init phase upload-certs --upload-certs` on a control plane. If etcd is external, add --config.",
  },
  CERTIFICATE_KEY_WRONG: {
    summary: "The certificate key does not decrypt the Secret with the shared certificates of the control plane.",
    remedy:
      "Each upload creates a new key. Use the latest one, or upload again with `kubeadm init phase upload-certs --upload-certs` on a control plane.",
  },
  DNS_DEPLOYMENTS_AMBIGUOUS: {
    summary: "Several Deployments have the label k8s-app=kube-dns; kubeadm cannot determine which one it manages.",
    remedy:
      "List them with `kubectl -n kube-system get deployments -l k8s-app=kube-dns` and remove the label from those that kubeadm does not manage, or skip CoreDNS with --skip-phases=addon/coredns.",
  },
  NODE_NOT_REGISTERED: {
    summary: "The kubelet has not registered this machine as a Node.",
    remedy:
      "Check the kubelet's log (`journalctl -u kubelet`), and that the kubelet's name (hostname-override) is the node name that you passed to kubeadm.",
  },
  MANIFEST_INVALID: {
    summary: "A static Pod manifest is not valid.",
    remedy:
      "Recreate it with `kubeadm init phase control-plane all` or `kubeadm join phase control-plane-prepare control-plane`.",
  },
  CONTROL_PLANE_UNHEALTHY: {
    summary: "A control plane component did not become healthy in time.",
    remedy:
      "List the containers with `crictl ps -a` and read their logs with `crictl logs ID`. `journalctl -xeu kubelet` shows how the kubelet handles the Pod.",
  },
  CONTROL_PLANE_CRASH_LOOP: {
    summary: "A control plane container keeps exiting.",
    remedy:
      "Find the cause in the last lines of its log: a wrong argument (extraArgs, patches), a file that is not mounted, or an etcd that does not respond.",
  },
  CONTROL_PLANE_NOT_STARTED: {
    summary: "The kubelet has not created a container for a static Pod of the control plane.",
    remedy:
      "Check the kubelet's log (`journalctl -xeu kubelet`), and that staticPodPath in /var/lib/kubelet/config.yaml is /etc/kubernetes/manifests.",
  },
  CONTROL_PLANE_IMAGE_MISSING: {
    summary: "A control plane image is not on this machine and cannot be pulled.",
    remedy:
      "Run `kubeadm config images pull` to see why. Without network access, load the image from a file: `ctr -n k8s.io images import FILE`.",
  },
  CONTROL_PLANE_PORT_TAKEN: {
    summary: "Another program uses a port that a control plane component needs.",
    remedy: "Find the program with `ss -ltnp` and stop it, or configure another port for the component.",
  },
  NODE_NAME_TAKEN: {
    summary: "The cluster already has a Ready Node with this name.",
    remedy: remedyBefore(
      "Choose another name with --node-name.",
      deletingNode({ id: "taken-name", command: shell`kubectl delete node NAME` }),
    ),
  },
  PATCH_INVALID: {
    summary: "A patch cannot be read or does not apply.",
    remedy:
      "Fix the file that the message names. Its name must have the form target[suffix][+patchtype].yaml or .json.",
  },
  FILE_OPERATION_FAILED: {
    summary: "A file or directory on this machine could not be read or written.",
    remedy: "Check the permissions, the free space, and that the file system is not mounted read-only.",
  },
  OUTPUT_LOST: {
    summary:
      "The command's output could not be written, for example because the disk is full. Commands that change the machine or the cluster still succeed.",
    remedy: "Free space where standard output is written, and run the command again.",
  },
  REPORT_NOT_WRITTEN: {
    summary: "The --report file could not be written. This is a warning; it doesn't affect the result of the run.",
    remedy:
      "Specify a file in a writable directory with free space. To create a report later, run the command with --output json and pass its output to `kubeadm report`.",
  },
  REPORT_INPUT_INVALID: {
    summary: "`kubeadm report` got no events, or more than 16 MiB.",
    remedy:
      "Pass the output of a run with --output json: `kubeadm join … --output json > FILE`, `kubeadm report FILE`.",
  },
  SERVICE_MANAGER_FAILED: {
    summary: "A request to the service manager (systemd) failed.",
    remedy: "See the cause. `systemctl status kubelet` and `journalctl -xe` show more.",
  },
  KUBELET_MISSING: {
    summary: "The kubelet or its service is not installed.",
    remedy: "Install the kubelet of the cluster's version and its systemd unit.",
  },
  KUBELET_UNHEALTHY: {
    summary: "The kubelet did not become healthy in time.",
    remedy: "Check the kubelet's log: `journalctl -xeu kubelet`.",
  },
  KUBELET_CRASH_LOOP: {
    summary: "The kubelet keeps exiting.",
    remedy: "Find the cause in the last lines of its log. `journalctl -xeu kubelet` shows more.",
  },
  BOOTSTRAP_CSR_PENDING: {
    summary: "The kubelet's certificate signing request was not approved in time.",
    remedy:
      "List the requests with `kubectl get csr` and approve this one with `kubectl certificate approve NAME`. Automatic approval needs kube-controller-manager and the ClusterRoleBinding kubeadm:node-autoapprove-bootstrap.",
  },
  BOOTSTRAP_CSR_DENIED: {
    summary: "The kubelet's certificate signing request was denied.",
    remedy: "Find out who denied it and why (`kubectl describe csr NAME`), then run the same command again.",
  },
  BOOTSTRAP_CSR_NOT_SIGNED: {
    summary: "The kubelet's certificate signing request was approved but not signed in time.",
    remedy: "Check kube-controller-manager: it signs only if it has the CA's key (--cluster-signing-key-file).",
  },
  BOOTSTRAP_TIMEOUT: {
    summary: "The kubelet did not finish TLS bootstrapping in time.",
    remedy:
      "Check the kubelet's log (`journalctl -xeu kubelet`), and that this machine can reach the API server that the message names.",
  },
  CONTAINER_RUNTIME_FAILED: {
    summary: "The container runtime cannot be reached or does not support CRI.",
    remedy:
      'Check that the runtime\'s service is running and its CRI plugin is enabled (containerd: no `disabled_plugins = ["cri"]` in /etc/containerd/config.toml).',
  },
  CONTAINER_RUNTIME_MISMATCH: {
    summary: "The container runtime doesn't list the Pod of a component that responds on this machine.",
    remedy:
      "The kubelet uses another container runtime. Set containerRuntimeEndpoint in /var/lib/kubelet/instance-config.yaml to the socket of the kubelet's runtime (`ps -C kubelet -o args`, /var/lib/kubelet/config.yaml), then run the same command again.",
  },
  RESET_NOT_CONFIRMED: {
    summary: "The reset was not confirmed; nothing was changed.",
    remedy: remedyBefore("Answer y to the question.", {
      id: "unasked-reset",
      proof: { decided: "this is a script that resets machines that leave their cluster" },
      act: "run `kubeadm reset --force`, which doesn't ask for confirmation",
      lost: "everything that init or join created on the machine, including its etcd data",
    }),
  },
  DOCTOR_NOT_CONFIRMED: {
    summary: "The fixes were not confirmed; nothing was changed.",
    remedy: "Answer y, or run `kubeadm doctor --fix --force` to skip the question.",
  },
  DOCTOR_FIX_FAILED: {
    summary: "A fix by `kubeadm doctor` could not be applied or undone.",
    remedy:
      "Run `kubeadm doctor` again to see the state of the machine. `kubeadm doctor --undo` reverts the fixes that were applied.",
  },
  DOCTOR_UNDO_CONFLICT: {
    summary: "A file that `kubeadm doctor --fix` wrote was changed afterwards, so it is not restored.",
    remedy: "Move the file away if the change is not needed, then run `kubeadm doctor --undo` again.",
  },
  DOCTOR_RECORD_INVALID: {
    summary: "The record of the changes by `kubeadm doctor --fix` is damaged; nothing was changed.",
    remedy: "Move /var/lib/kubeadm/doctor-fixes.json away. The changes that it recorded must then be undone manually.",
  },
  DOCTOR_RECORD_NEWER: {
    summary:
      "The record of the changes by `kubeadm doctor --fix` was written by a newer version of kubeadm; nothing was changed.",
    remedy: "Run that version's `kubeadm doctor --undo` first.",
  },
  RESET_DIRECTORY_UNSAFE: {
    summary: "The certificate directory to reset doesn't look like a cluster's; nothing was changed.",
    remedy: "Check --cert-dir (certificatesDir): it must be the directory with the cluster's certificates.",
  },
  RESET_UNMOUNT_FAILED: {
    summary: "A mount below the kubelet's directory could not be unmounted.",
    remedy: remedyBefore(
      "Find the processes that use it with `fuser -vm PATH`, stop them, and run the same command again.",
      {
        id: "busy-mount",
        proof: { decided: "they cannot be stopped" },
        act: "set unmountFlags: [MNT_DETACH] in a ResetConfiguration",
        lost: "any data they haven't written yet",
      },
    ),
  },
  ETCD_UNREACHABLE: {
    summary: "No member of the etcd cluster responds.",
    remedy:
      "Check that etcd is running on the control planes (`crictl ps -a --name etcd`, `crictl logs ID`), and that this machine can reach their port 2379.",
  },
  ETCD_UNTRUSTED: {
    summary: "etcd and kubeadm don't trust each other's certificates.",
    remedy:
      "Compare /etc/kubernetes/pki/etcd/ca.crt with the file on another control plane (`openssl x509 -noout -fingerprint -sha256 -in FILE`). `kubeadm certs check-expiration` shows whether a certificate has expired.",
  },
  ETCD_NO_QUORUM: {
    summary: "etcd has no quorum: a majority of its voting members is not healthy, so it accepts no changes.",
    remedy:
      "Restart the members that the message names. If they are permanently lost, restore etcd from a snapshot: https://etcd.io/docs/latest/op-guide/recovery/",
  },
  ETCD_UNHEALTHY: {
    summary: "etcd accepts no new member because it is not healthy.",
    remedy: remedyBefore(
      "Restart the members that the message names, then run the same command again.",
      removingMember({
        id: "unhealthy-member",
        when: "their machines are permanently lost",
        command: shell`etcdctl member remove ID`,
      }),
    ),
  },
  ETCD_LEARNER_PENDING: {
    summary: "etcd accepts one new member at a time, and another one was still joining at the timeout.",
    remedy: remedyBefore(
      "Wait until the control plane that the message names has joined, then run the same command again.",
      removingMember({ id: "pending-learner", when: "it never will", command: shell`etcdctl member remove ID` }),
    ),
  },
  ETCD_MEMBER_EXISTS: {
    summary: "etcd already has a member with this machine's address, but its data is no longer on this machine.",
    remedy: remedyBefore(
      "Restore the data, or mount it. A member can't run without its data.",
      removingMember({
        id: "member-without-data",
        when: "the data is permanently lost",
        command: shell`etcdctl member remove ID`,
      }),
    ),
  },
  ETCD_MEMBER_REMOVED: {
    summary: "The new etcd member was removed while it was joining.",
    remedy: "Find out who removed it, then run the same command again: it adds a new member.",
  },
  ETCD_DATA_FOREIGN: {
    summary: "etcd's data directory on this machine contains data of another member or other files.",
    remedy:
      "Check what the directory contains; kubeadm never starts etcd on it. Move it away, which keeps the data. Then run the same command again.",
  },
  ETCD_NOT_STARTED: {
    summary: "The new member was added to the etcd cluster, but etcd did not start on this machine in time.",
    remedy:
      "Check the logs on this machine with `crictl logs $(crictl ps -a --name etcd -q | head -1)` and `journalctl -u kubelet`, and that the other control planes can reach port 2380 of this machine.",
  },
  ETCD_NOT_IN_SYNC: {
    summary: "The new etcd member did not catch up with the other members in time.",
    remedy:
      "Check the disks and the network between the control planes. A large database needs more time: increase timeouts.etcdAPICall.",
  },
  ETCD_REQUEST_FAILED: {
    summary: "etcd rejected a request.",
    remedy: "Check etcd's log on a control plane: `crictl logs $(crictl ps --name etcd -q)`.",
  },
  WORKING_DIRECTORY_REMOVED: {
    summary: "A path is relative to a working directory that was removed.",
    remedy: "Change to a directory that exists, or use an absolute path.",
  },
  ROOTFS_UNUSABLE: {
    summary: "The --rootfs directory cannot be used.",
    remedy: "Pass the absolute path of an existing directory.",
  },
  PRIVILEGE_REQUIRED: {
    summary: "The operation requires root privileges.",
    remedy: "Run the command as root, for example with sudo.",
  },
} as const satisfies Record<string, { readonly summary: string; readonly remedy: string }>;

/** A stable name of a failure, for scripts and support tools. Codes are never renamed and never reused. */
export type ErrorCode = keyof typeof errorCatalogue;
