import { type Fault, finding, restartKubelet } from "../../support/doctor/fault.ts";

// The token of the lab, not just any of the cluster: the one that accompanies uploaded certificates authenticates no one.
const bootstrap = "bootstrap_again $(sed 's/.*--token \\([^ ]*\\).*/\\1/' /root/join-arguments)";
const withoutApproval =
  "keep_object clusterrolebinding kubeadm:node-autoapprove-bootstrap; kubectl delete clusterrolebinding kubeadm:node-autoapprove-bootstrap";
const undoBootstrap = `restore_objects; kubectl get csr -o name | xargs -r kubectl delete >/dev/null; ${restartKubelet}`;
const stopSigners = (["cp1", "cp2"] as const).map((on) => ({
  on,
  inject:
    "hide /etc/kubernetes/manifests/kube-controller-manager.yaml; eventually 30 sh -c '! pgrep -f ^kube-controller-manager'",
}));

/** What the cluster knows of the node. */
export const clusterFaults: readonly Fault[] = [
  {
    name: "The Node was deleted",
    on: "w1",
    inject: "kubectl delete node w1",
    undo: restartKubelet,
    finds: finding("node-registered", /no Node w1/),
    inSample: true,
    inObeySample: true,
  },
  {
    name: "The Node of this name is another machine",
    on: "w1",
    inject: `
      background other /bin/sh -c '. /root/fault-commands.sh
        while :; do
          kubectl patch node w1 --subresource=status --type=merge -p "{\\"status\\":{\\"nodeInfo\\":{\\"machineID\\":\\"00000000000000000000000000000000\\"},\\"addresses\\":[{\\"type\\":\\"InternalIP\\",\\"address\\":\\"192.0.2.77\\"}]}}"
          sleep 0.3
        done'
      sleep 1`,
    undo: restartKubelet,
    finds: finding("node-machine", /another machine/),
    decides: /needs another name/,
  },
  {
    name: "The machine ID has changed since the Node was registered",
    on: "w1",
    inject: `
      kubectl label node w1 kubeadm.test/fault=1
      echo 11111111111111111111111111111111 >/root/machine-id
      mount_over /root/machine-id /etc/machine-id`,
    undo: `kubectl label node w1 kubeadm.test/fault-; ${restartKubelet}`,
    finds: finding("node-machine", /machine ID of this machine has changed/),
  },
  {
    name: "The Node is NotReady because of its disk",
    on: "w1",
    inject: "kubelet_field evictionHard '{nodefs.available: 99.9%}'",
    undo: restartKubelet,
    finds: finding("node-ready", /DiskPressure/),
    decides: /Free space/,
  },
  {
    name: "The Node is cordoned",
    on: "w1",
    inject: "kubectl cordon w1",
    undo: "kubectl uncordon w1",
    finds: finding("node-ready", /cordoned/),
  },
  {
    name: "The Node waits for a cloud provider",
    on: "w1",
    inject: "kubectl taint node w1 node.cloudprovider.kubernetes.io/uninitialized=true:NoSchedule",
    undo: "kubectl taint node w1 node.cloudprovider.kubernetes.io/uninitialized-",
    finds: finding("node-ready", /cloud provider/),
    decides: /cloud controller manager/,
  },
  {
    name: "The kubelet's serving certificate waits for approval",
    on: "w1",
    inject: "kubelet_field serverTLSBootstrap true; eventually 30 csr_exists",
    undo: `${restartKubelet}; kubectl get csr -o name | xargs -r kubectl delete`,
    finds: finding("serving-certificate", /pending/),
  },
  {
    name: "The kubelet's request is pending, because nothing may approve it",
    on: "w1",
    inject: bootstrap,
    elsewhere: [{ on: "cp1", inject: withoutApproval, undo: "restore_objects" }],
    undo: undoBootstrap,
    finds: finding("certificate-requests", /is pending/),
    inSample: true,
    inObeySample: true,
  },
  {
    name: "The kubelet's request was denied",
    on: "w1",
    inject: `${bootstrap}; eventually 30 csr_exists; kubectl certificate deny $(kubectl get csr -o name | head -n 1 | cut -d/ -f2)`,
    elsewhere: [{ on: "cp1", inject: withoutApproval, undo: "restore_objects" }],
    undo: undoBootstrap,
    finds: finding("certificate-requests", /was denied/),
  },
  {
    name: "The kubelet's request is pending, because no controller manager runs",
    on: "w1",
    inject: bootstrap,
    elsewhere: stopSigners,
    undo: undoBootstrap,
    finds: finding("certificate-requests", /is pending/),
    decides: /controller manager signs it/,
  },
  {
    name: "The kubelet's request is approved, and nothing signs it",
    on: "w1",
    inject: `${bootstrap}; eventually 30 csr_exists; kubectl certificate approve $(kubectl get csr -o name | head -n 1 | cut -d/ -f2)`,
    elsewhere: stopSigners,
    undo: undoBootstrap,
    finds: finding("certificate-requests", /approved, but not signed/),
    decides: /controller manager signs it/,
  },
  {
    name: "The token of the kubelet's bootstrap has expired",
    on: "w1",
    inject: "bootstrap_again abcdef.0123456789abcdef",
    undo: undoBootstrap,
    finds: finding(["certificate-requests"], /bootstrap credentials/),
  },
];

const journal = "/var/lib/kubeadm";

/** Runs of kubeadm that did not end. */
export const runFaults: readonly Fault[] = [
  {
    name: "A join was killed half-way",
    on: "bare",
    // Without the kubelet's health it waits, and cannot end before it is killed.
    inject: `
      iptables -I OUTPUT -o lo -p tcp --dport 10248 -j DROP
      background join kubeadm join $(cat /root/join-arguments)
      eventually 30 test -e ${journal}/journal.json -a -e /var/lib/kubelet/config.yaml
      systemctl kill -s KILL fault-join
      iptables -D OUTPUT -o lo -p tcp --dport 10248 -j DROP`,
    undo: "kubeadm reset --force >/dev/null; kubectl delete node bare --ignore-not-found; restart kubelet",
    finds: finding("unfinished-run", /join of this machine as bare was interrupted/),
    decides: /Run the same command again/,
    inSample: true,
    inObeySample: true,
  },
  {
    name: "An init was killed half-way",
    on: "bare",
    inject: `
      background init kubeadm init --ignore-preflight-errors=all --pod-network-cidr=10.250.0.0/16
      eventually 60 test -e /etc/kubernetes/manifests/kube-apiserver.yaml
      systemctl kill -s KILL fault-init`,
    undo: "kubeadm reset --force >/dev/null; restart kubelet",
    finds: finding("unfinished-run", /init of this machine as bare was interrupted/),
    decides: /Run the same command again/,
  },
  {
    name: "Another kubeadm is running, and waits for a kubelet that is masked",
    on: "bare",
    inject: `
      systemctl stop kubelet
      systemctl mask --runtime kubelet
      background join kubeadm join $(sed 's/--ignore.*//' /root/join-arguments) --ignore-preflight-errors=all
      eventually 30 test -e ${journal}/journal.json`,
    undo: "systemctl unmask --runtime kubelet; kubeadm reset --force >/dev/null; kubectl delete node bare --ignore-not-found; restart kubelet",
    finds: [finding("unfinished-run", /is changing this machine now/), finding("kubelet-enabled", /masked/)],
  },
  {
    name: "A join has failed, because the kubelet does not start",
    on: "bare",
    inject: `
      kubelet_flags --no-such-flag
      timeout 8 kubeadm join $(sed 's/--ignore.*//' /root/join-arguments) --ignore-preflight-errors=all >/dev/null 2>&1 || true`,
    undo: "kubeadm reset --force >/dev/null; kubectl delete node bare --ignore-not-found; restart kubelet",
    finds: [
      finding("unfinished-run", /join of this machine as bare (?:failed with|was interrupted)/),
      finding(["kubelet-running", "kubelet-flags"], /no-such-flag/),
    ],
    decides: /Correct it in|Run the same command again/,
  },
  {
    name: "The journal of a run is damaged",
    on: "bare",
    inject: `mkdir -p ${journal}; echo '{"format":' | write ${journal}/journal.json`,
    undo: `rmdir ${journal} 2>/dev/null || true`,
    finds: finding("unfinished-run", /journal/),
    decides: /Run the same command again/,
  },
];
