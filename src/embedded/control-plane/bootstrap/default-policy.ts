// Roles and bindings that an API server creates: k/k:plugin/pkg/auth/authorizer/rbac/bootstrappolicy. Those of
// controllers and components that this control plane does not have are omitted.
import { nodeRules } from "../apiserver/authorization/node-rules.ts";
import type { Fields, StoredObject } from "../apiserver/objects.ts";
import {
  clusterRole,
  clusterRoleBinding,
  group,
  role,
  roleBinding,
  rule,
  serviceAccount,
  urlRule,
  user,
} from "./rules.ts";

const certificates = "certificates.k8s.io";
const signers =
  "kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown";
const events = rule("create patch update", "core events.k8s.io", "events");

const metadata: Fields = {
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
};

const clusterRules: Readonly<Record<string, readonly Fields[]>> = {
  "cluster-admin": [rule("*", "*", "*"), urlRule("*", "*")],
  "system:discovery": [
    urlRule("get", "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/"),
  ],
  "system:monitoring": [
    urlRule("get", "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*"),
    rule("get", "core", "nodes/metrics"),
  ],
  "system:basic-user": [
    rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
    rule("create", "authentication.k8s.io", "selfsubjectreviews"),
  ],
  "system:public-info-viewer": [urlRule("get", "/healthz /livez /readyz /version /version/")],
  "system:node": nodeRules,
  "system:node-problem-detector": [rule("get", "core", "nodes"), rule("patch", "core", "nodes/status"), events],
  "system:node-bootstrapper": [rule("create get list watch", certificates, "certificatesigningrequests")],
  "system:auth-delegator": [
    rule("create", "authentication.k8s.io", "tokenreviews"),
    rule("create", "authorization.k8s.io", "subjectaccessreviews"),
  ],
  "system:certificates.k8s.io:certificatesigningrequests:nodeclient": [
    rule("create", certificates, "certificatesigningrequests/nodeclient"),
  ],
  "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": [
    rule("create", certificates, "certificatesigningrequests/selfnodeclient"),
  ],
  "system:certificates.k8s.io:legacy-unknown-approver": [
    rule("approve", certificates, "signers", "kubernetes.io/legacy-unknown"),
  ],
  "system:certificates.k8s.io:kubelet-serving-approver": [
    rule("approve", certificates, "signers", "kubernetes.io/kubelet-serving"),
  ],
  "system:certificates.k8s.io:kube-apiserver-client-approver": [
    rule("approve", certificates, "signers", "kubernetes.io/kube-apiserver-client"),
  ],
  "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver": [
    rule("approve", certificates, "signers", "kubernetes.io/kube-apiserver-client-kubelet"),
  ],
  "system:kubelet-api-admin": [
    rule("get list watch", "core", "nodes"),
    rule("proxy", "core", "nodes"),
    rule("*", "core", "nodes/log nodes/metrics nodes/proxy nodes/stats"),
    rule("*", "core", "nodes/configz nodes/healthz nodes/pods"),
  ],
  "system:node-proxier": [
    rule("list watch", "core", "endpoints services"),
    rule("get list watch", "core", "nodes"),
    events,
    rule("list watch", "networking.k8s.io", "servicecidrs"),
    rule("list watch", "discovery.k8s.io", "endpointslices"),
  ],
  "system:kube-controller-manager": [
    events,
    rule("create", "coordination.k8s.io", "leases"),
    rule("get update", "coordination.k8s.io", "leases", "kube-controller-manager"),
    rule("create", "core", "secrets serviceaccounts"),
    rule("delete", "core", "secrets"),
    rule("get", "core", "configmaps namespaces secrets serviceaccounts"),
    rule("update", "core", "secrets serviceaccounts"),
    rule("create", "authentication.k8s.io", "tokenreviews"),
    rule("create", "authorization.k8s.io", "subjectaccessreviews"),
    rule("list watch", "*", "*"),
    rule("create", "core", "serviceaccounts/token"),
  ],
  "system:kube-scheduler": [
    events,
    rule("create", "coordination.k8s.io", "leases"),
    rule("get list update watch", "coordination.k8s.io", "leases", "kube-scheduler"),
    rule("get list watch", "core", "namespaces nodes"),
    rule("delete get list watch", "core", "pods"),
    rule("create", "core", "bindings pods/binding"),
    rule("patch update", "core", "pods/status"),
    rule("get list watch", "core", "replicationcontrollers services persistentvolumeclaims persistentvolumes"),
    rule("get list watch", "apps", "replicasets statefulsets"),
    rule("get list watch", "storage.k8s.io", "csidrivers csinodes"),
    rule("create", "authentication.k8s.io", "tokenreviews"),
    rule("create", "authorization.k8s.io", "subjectaccessreviews"),
  ],
  "system:controller:certificate-controller": [
    rule("delete get list watch", certificates, "certificatesigningrequests"),
    rule("update", certificates, "certificatesigningrequests/approval certificatesigningrequests/status"),
    rule("approve", certificates, "signers", "kubernetes.io/kube-apiserver-client-kubelet"),
    rule("sign", certificates, "signers", signers),
    rule("create", "authorization.k8s.io", "subjectaccessreviews"),
    events,
  ],
};

const clusterBindings: readonly StoredObject[] = [
  bind("cluster-admin", group("system:masters")),
  bind("system:monitoring", group("system:monitoring")),
  bind("system:discovery", group("system:authenticated")),
  bind("system:basic-user", group("system:authenticated")),
  bind("system:public-info-viewer", group("system:authenticated"), group("system:unauthenticated")),
  bind("system:node-proxier", user("system:kube-proxy")),
  bind("system:kube-controller-manager", user("system:kube-controller-manager")),
  bind("system:kube-scheduler", user("system:kube-scheduler")),
  // The Node authorizer decides for nodes; upstream keeps this binding without subjects.
  bind("system:node"),
  bind("system:controller:certificate-controller", serviceAccount("kube-system", "certificate-controller")),
];

function bind(name: string, ...subjects: readonly Fields[]): StoredObject {
  return clusterRoleBinding(name, name, subjects, metadata);
}

const signer = "system:controller:bootstrap-signer";
const cleaner = "system:controller:token-cleaner";

const namespaced: readonly StoredObject[] = [
  role("kube-system", signer, [rule("get list watch", "core", "secrets")], metadata),
  role("kube-system", cleaner, [rule("get list watch delete", "core", "secrets"), events], metadata),
  role(
    "kube-public",
    signer,
    [rule("get list watch", "core", "configmaps"), rule("update", "core", "configmaps", "cluster-info"), events],
    metadata,
  ),
  roleBinding("kube-system", signer, [serviceAccount("kube-system", "bootstrap-signer")], metadata),
  roleBinding("kube-system", cleaner, [serviceAccount("kube-system", "token-cleaner")], metadata),
  roleBinding("kube-public", signer, [serviceAccount("kube-system", "bootstrap-signer")], metadata),
];

export const defaultPolicy: readonly StoredObject[] = [
  ...Object.entries(clusterRules).map(([name, rules]) => clusterRole(name, rules, metadata)),
  ...clusterBindings,
  ...namespaced,
];
