import { type Fault, finding } from "../../support/doctor/fault.ts";

const manifests = "/etc/kubernetes/manifests";
const waitForServer = "eventually 180 kubectl get --raw /readyz";

/** Static Pods of a control plane, their certificates' names and addresses. */
export const controlPlaneFaults: readonly Fault[] = [
  ...(["kube-controller-manager", "kube-scheduler"] as const).map(
    (component): Fault => ({
      name: `The manifest of ${component} is missing`,
      on: "cp1",
      inject: `hide ${manifests}/${component}.yaml`,
      finds: finding("static-pod-manifests", new RegExp(`${component}\\.yaml is missing`)),
    }),
  ),
  {
    name: "The manifest of kube-apiserver is missing",
    on: "cp1",
    inject: `hide ${manifests}/kube-apiserver.yaml; eventually 40 sh -c '! pgrep -f ^kube-apiserver'`,
    undo: waitForServer,
    finds: finding("static-pod-manifests", /kube-apiserver\.yaml is missing/),
    decides: /Restore the file from a backup/,
    inSample: true,
  },
  {
    name: "The manifest of etcd is missing",
    on: "cp1",
    inject: `hide ${manifests}/etcd.yaml; eventually 40 sh -c '! pgrep -f "^etcd "'`,
    undo: waitForServer,
    finds: finding("static-pod-manifests", /etcd\.yaml is missing/),
    decides: /Restore the file from a backup/,
  },
  {
    name: "The manifest of kube-scheduler is not YAML",
    on: "cp1",
    inject: `echo 'kind: [Pod' | write ${manifests}/kube-scheduler.yaml`,
    finds: finding("static-pod-manifests", /kube-scheduler\.yaml/),
    inSample: true,
    inObeySample: true,
  },
  {
    name: "A backup of a manifest is in the manifest directory",
    on: "cp1",
    inject: `keep ${manifests}/kube-scheduler-backup.yaml; cp -a ${manifests}/kube-scheduler.yaml ${manifests}/kube-scheduler-backup.yaml`,
    finds: finding("static-pod-manifests", /kube-scheduler-backup\.yaml/),
  },
  {
    name: "The kubelet does not read static Pods",
    on: "cp1",
    inject: "kubelet_field staticPodPath /etc/kubernetes/static",
    undo: `restart kubelet; ${waitForServer}`,
    finds: finding("static-pod-manifests", /\/etc\/kubernetes\/static/),
    decides: /Set staticPodPath/,
  },
  {
    name: "The controller manager exits because of an unknown flag",
    on: "cp1",
    inject: "component_flag kube-controller-manager --no-such-flag=1",
    finds: finding(["kube-controller-manager-pod", "kube-controller-manager"], /no-such-flag/),
    decides: /Fix the settings of .*extraArgs/,
  },
  {
    name: "The scheduler exits because of an unknown flag",
    on: "cp1",
    inject: "component_flag kube-scheduler --no-such-flag=1",
    finds: finding(["kube-scheduler-pod", "kube-scheduler"], /no-such-flag/),
    decides: /Fix the settings of .*extraArgs/,
  },
  {
    name: "The API server exits because of an unknown flag",
    on: "cp1",
    inject: "component_flag kube-apiserver --no-such-flag=1",
    undo: waitForServer,
    finds: finding("kube-apiserver-pod", /no-such-flag/),
    decides: /Fix the settings of .*extraArgs/,
  },
  {
    name: "Etcd exits because of an unknown flag",
    on: "cp1",
    inject: "component_flag etcd --no-such-flag=1",
    undo: waitForServer,
    finds: finding("etcd-pod", /no-such-flag/),
    decides: /Fix the settings of .*extraArgs/,
  },
  {
    name: "The image of the scheduler does not exist",
    on: "cp1",
    inject: `change ${manifests}/kube-scheduler.yaml 's|\\(image: .*\\):v.*|\\1:v1.99.99|'`,
    finds: finding(["kube-scheduler-pod", "kube-scheduler"], /v1\.99\.99/),
    decides: /save it elsewhere and load it/,
  },
  {
    name: "The API server lacks the authorizer Node",
    on: "cp1",
    inject: `
      change ${manifests}/kube-apiserver.yaml 's/--authorization-mode=Node,RBAC/--authorization-mode=RBAC/'
      eventually 60 pgrep -f '^kube-apiserver .*--authorization-mode=RBAC'
      ${waitForServer}`,
    undo: `eventually 60 pgrep -f '^kube-apiserver .*--authorization-mode=Node,RBAC'; ${waitForServer}`,
    finds: finding("node-registered", /authorizer Node is off/),
  },
  {
    name: "The API server refuses requests without credentials",
    on: "cp1",
    inject: "component_flag kube-apiserver --anonymous-auth=false",
    undo: waitForServer,
    finds: finding("anonymous-access", /--anonymous-auth=false/),
  },
  {
    name: "The API server's certificate is not valid for the machine's address",
    on: "cp1",
    inject: `
      keep /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key
      sign $pki/ca /CN=kube-apiserver '1 day ago' '+300 days' \\
        DNS:cp1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.96.0.1,IP:192.0.2.66
      cat /root/made/leaf.crt >/etc/kubernetes/pki/apiserver.crt
      cat /root/made/leaf.key >/etc/kubernetes/pki/apiserver.key`,
    finds: finding("serving-names", /apiserver\.crt is not valid for/),
  },
  {
    name: "The machine's address has changed",
    on: "cp2",
    inject: `
      own=$(sed -n 's|.*--advertise-address=||p' ${manifests}/kube-apiserver.yaml)
      echo "$own" >/root/own
      ip route show dev eth0 | grep via >/root/routes || true
      ip address del "$own/24" dev eth0
      ip address add 192.0.2.66/24 dev eth0`,
    undo: `
      ip address del 192.0.2.66/24 dev eth0
      ip address add "$(cat /root/own)/24" dev eth0
      while read -r route; do ip route replace $route dev eth0; done </root/routes
      ${waitForServer}`,
    finds: finding("own-addresses", /No interface of this machine has the address/),
    decides: /to this machine again/,
  },
  {
    name: "The key for service accounts is missing",
    on: "cp1",
    inject: "hide /etc/kubernetes/pki/sa.key",
    finds: finding("control-plane-cas", /sa\.key/),
    decides: /from another one, or from a backup/,
  },
  {
    name: "The CA of etcd is missing",
    on: "cp1",
    inject: "hide /etc/kubernetes/pki/etcd/ca.crt",
    finds: finding(["control-plane-cas"], /etcd\/ca\.crt/),
    decides: /from another one, or from a backup/,
  },
];

/** Members and database of etcd. */
export const etcdFaults: readonly Fault[] = [
  {
    name: "Etcd has no quorum, because the other member is down",
    on: "cp1",
    inject: ":",
    elsewhere: [
      {
        on: "cp2",
        inject: `hide ${manifests}/etcd.yaml; eventually 40 sh -c '! pgrep -f "^etcd "'`,
        undo: waitForServer,
      },
    ],
    finds: finding("etcd-quorum", /no quorum/),
    decides: /start the members that do not respond/,
    needsSeveralControlPlanes: true,
    inSample: true,
  },
  {
    name: "A learner was left in etcd",
    on: "cp1",
    inject: "add_ghost --learner",
    undo: "remove_members",
    finds: finding("etcd-members", /learner/),
    decides: /Only if that join was abandoned: remove the member/,
  },
  {
    name: "A member of etcd is dead",
    on: "cp1",
    inject: "add_ghost",
    undo: "remove_members",
    finds: finding("etcd-members", /does not answer|without `kubeadm reset`|192\.0\.2\.77/),
    decides: /Only if that machine is permanently lost: remove the member/,
    needsSeveralControlPlanes: true,
  },
  {
    name: "Etcd accepts no writes, because its database is full",
    on: "cp1",
    inject: `
      component_flag etcd --quota-backend-bytes=1048576
      eventually 60 sh -c '. /root/fault-commands.sh; kubectl -n default create configmap full --dry-run=client -o yaml | kubectl create -f - ; etcdctl_here alarm list | grep -q NOSPACE'`,
    undo: `
      eventually 90 sh -c '! pgrep -f ^etcd.*quota-backend-bytes'
      eventually 90 etcdctl_here alarm disarm
      ${waitForServer}
      kubectl -n default delete configmap full --ignore-not-found`,
    finds: finding("etcd-alarms", /NOSPACE/),
    decides: /quota-backend-bytes/,
  },
];

const stopSigning = {
  on: "cp2",
  inject: `hide ${manifests}/kube-controller-manager.yaml; eventually 40 sh -c '! pgrep -f ^kube-controller-manager'`,
} as const;
const alsoHere = stopSigning.inject;
const noManager = finding("static-pod-manifests", /kube-controller-manager\.yaml is missing/);

/** What init leaves in the cluster for later joins. */
export const joinFaults: readonly Fault[] = [
  ...(
    [
      ["kubeadm-config", "kubeadm-config-present"],
      ["kubelet-config", "kubelet-config-present"],
    ] as const
  ).map(
    ([name, check]): Fault => ({
      name: `The ConfigMap ${name} is missing`,
      on: "cp1",
      inject: `keep_object configmap ${name} -n kube-system; kubectl -n kube-system delete configmap ${name}`,
      undo: "restore_objects",
      finds: finding([name, check], new RegExp(`${name} is missing`)),
      decides: /Upload it again/,
    }),
  ),
  {
    name: "The configuration in kubeadm-config is broken",
    on: "cp1",
    inject: `
      keep_object configmap kubeadm-config -n kube-system
      kubectl -n kube-system patch configmap kubeadm-config --type=merge -p '{"data":{"ClusterConfiguration":"kind: ["}}'`,
    undo: "restore_objects",
    finds: finding("kubeadm-config", /kubeadm-config cannot be used/),
    decides: /Upload it again/,
  },
  {
    name: "Cluster-info is missing",
    on: "cp1",
    inject: "keep_object configmap cluster-info -n kube-public; kubectl -n kube-public delete configmap cluster-info",
    undo: "restore_objects",
    finds: finding("cluster-info", /cluster-info/),
    inSample: true,
    inObeySample: true,
  },
  {
    name: "Cluster-info is not signed, because no controller manager runs",
    on: "cp1",
    elsewhere: [stopSigning],
    inject: `
      ${alsoHere}
      keep_object configmap cluster-info -n kube-public
      kubectl -n kube-public get configmap cluster-info -o json | sed '/"jws-kubeconfig-/d;s/\\(kubeconfig": ".*"\\),$/\\1/' | kubectl replace -f -`,
    undo: "restore_objects",
    finds: [noManager, finding("cluster-info", /not signed/)],
  },
  {
    name: "A bootstrap token has expired and remains, because no controller manager runs",
    on: "cp1",
    elsewhere: [stopSigning],
    inject: `
      ${alsoHere}
      kubectl -n kube-system create secret generic bootstrap-token-aaaaaa --type bootstrap.kubernetes.io/token \\
        --from-literal=token-id=aaaaaa --from-literal=token-secret=0123456789abcdef --from-literal=usage-bootstrap-signing=true \\
        --from-literal=usage-bootstrap-authentication=true --from-literal=expiration=2020-01-01T00:00:00Z`,
    undo: "kubectl -n kube-system delete secret bootstrap-token-aaaaaa --ignore-not-found",
    finds: [noManager, finding("bootstrap-tokens", /aaaaaa expired/)],
  },
  {
    name: "The uploaded certificates have expired and remain, because no controller manager runs",
    on: "cp1",
    elsewhere: [stopSigning],
    inject: `
      ${alsoHere}
      keep_object secret kubeadm-certs -n kube-system
      owner=$(kubectl -n kube-system get secret kubeadm-certs -o jsonpath='{.metadata.ownerReferences[0].name}')
      keep_object secret "$owner" -n kube-system
      kubectl -n kube-system patch secret "$owner" --type=merge -p '{"stringData":{"expiration":"2020-01-01T00:00:00Z"}}'`,
    undo: `
      owner=$(echo /root/objects/secret_bootstrap-token-*.yaml)
      kubectl replace --force -f "$owner" >/dev/null 2>&1 || kubectl create -f "$owner" >/dev/null
      uid=$(kubectl get -f "$owner" -o jsonpath='{.metadata.uid}')
      rm "$owner"
      # A controller manager, which obedience may have started, deletes what another owner than this one has.
      sed -i "s/^    uid: .*/    uid: $uid/" /root/objects/secret_kubeadm-certs_*.yaml
      restore_objects`,
    finds: [noManager, finding("uploaded-certificates", /have expired/)],
  },
  ...(
    [
      ["clusterrolebinding", "kubeadm:kubelet-bootstrap", ""],
      ["clusterrolebinding", "kubeadm:node-autoapprove-bootstrap", ""],
      ["role", "kubeadm:nodes-kubeadm-config", " -n kube-system"],
      ["clusterrole", "kubeadm:get-nodes", ""],
    ] as const
  ).map(
    ([kind, name, namespace]): Fault => ({
      name: `The ${kind} ${name} is missing`,
      on: "cp1",
      inject: `keep_object ${kind} ${name}${namespace}; kubectl delete ${kind} ${name}${namespace}`,
      undo: "restore_objects",
      finds: finding("join-permissions", new RegExp(name)),
    }),
  ),
  {
    name: "A kubelet is much older than the API server",
    on: "cp1",
    inject: `
      background old /bin/sh -c '. /root/fault-commands.sh
        while :; do
          kubectl patch node w1 --subresource=status --type=merge -p "{\\"status\\":{\\"nodeInfo\\":{\\"kubeletVersion\\":\\"v1.30.1\\"}}}"
          sleep 0.3
        done'`,
    undo: "kubectl label node w1 kubeadm.test/fault=1; kubectl label node w1 kubeadm.test/fault-",
    finds: finding("version-skew", /w1|kubelet/),
    decides: /Upgrade one minor version/,
  },
  {
    name: "The Deployment coredns is missing",
    on: "cp1",
    inject: "keep_object deployment coredns -n kube-system; kubectl -n kube-system delete deployment coredns",
    undo: "restore_objects",
    finds: finding("coredns", /coredns is missing/),
  },
  ...(["mutating", "validating"] as const).map(
    (kind): Fault => ({
      name: `A ${kind} webhook about Nodes must be asked, and its Service is missing`,
      on: "cp1",
      inject: `
        kubectl create -f - <<END
        {"apiVersion":"admissionregistration.k8s.io/v1","kind":"${kind === "mutating" ? "Mutating" : "Validating"}WebhookConfiguration",
         "metadata":{"name":"kubeadm-test"},"webhooks":[{"name":"guard.kubeadm.test","failurePolicy":"Fail","sideEffects":"None",
         "admissionReviewVersions":["v1"],"clientConfig":{"service":{"namespace":"default","name":"guard"}},
         "rules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["nodes"]}]}]}
END`,
      undo: `kubectl delete ${kind}webhookconfiguration kubeadm-test --ignore-not-found`,
      finds: finding("admission-webhooks", /Service default\/guard does not exist/),
      decides: /Until failurePolicy is Fail again/,
    }),
  ),
  {
    name: "CoreDNS crashes on its Corefile, seconds after its restart",
    on: "cp1",
    inject: `
      keep_object configmap coredns -n kube-system
      kubectl -n kube-system patch configmap coredns --type=merge -p '{"data":{"Corefile":".:53 {\\n  frobnicate\\n}\\n"}}'
      kubectl -n kube-system delete pods -l k8s-app=kube-dns --wait=false`,
    undo: "restore_objects; kubectl -n kube-system delete pods -l k8s-app=kube-dns --wait=false; kubectl -n kube-system rollout status deployment coredns --timeout=180s",
    finds: finding("coredns", /frobnicate/),
    decides: /Correct Corefile in the ConfigMap/,
  },
];
