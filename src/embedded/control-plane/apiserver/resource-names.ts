import type { GroupResource } from "./status.ts";

/** The resource types that the control plane's own code reads and writes; keys of `Storage`. */
export const resources = {
  namespaces: { group: "", resource: "namespaces" },
  secrets: { group: "", resource: "secrets" },
  configMaps: { group: "", resource: "configmaps" },
  nodes: { group: "", resource: "nodes" },
  pods: { group: "", resource: "pods" },
  services: { group: "", resource: "services" },
  serviceAccounts: { group: "", resource: "serviceaccounts" },
  events: { group: "", resource: "events" },
  leases: { group: "coordination.k8s.io", resource: "leases" },
  certificateSigningRequests: { group: "certificates.k8s.io", resource: "certificatesigningrequests" },
  csiNodes: { group: "storage.k8s.io", resource: "csinodes" },
  roles: { group: "rbac.authorization.k8s.io", resource: "roles" },
  roleBindings: { group: "rbac.authorization.k8s.io", resource: "rolebindings" },
  clusterRoles: { group: "rbac.authorization.k8s.io", resource: "clusterroles" },
  clusterRoleBindings: { group: "rbac.authorization.k8s.io", resource: "clusterrolebindings" },
  jobs: { group: "batch", resource: "jobs" },
  deployments: { group: "apps", resource: "deployments" },
  daemonSets: { group: "apps", resource: "daemonsets" },
} as const satisfies Record<string, GroupResource>;
