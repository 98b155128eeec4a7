import type { Fields, StoredObject } from "../apiserver/objects.ts";

const rbacGroup = "rbac.authorization.k8s.io";

/** Words are separated by spaces; `core` is the group "". */
export function rule(verbs: string, groups: string, resources: string, resourceNames = ""): Fields {
  return {
    apiGroups: words(groups).map((group) => (group === "core" ? "" : group)),
    ...(resourceNames === "" ? {} : { resourceNames: words(resourceNames) }),
    resources: words(resources),
    verbs: words(verbs),
  };
}

export function urlRule(verbs: string, urls: string): Fields {
  return { nonResourceURLs: words(urls), verbs: words(verbs) };
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

export function clusterRole(name: string, rules: readonly Fields[], metadata: Fields = {}): StoredObject {
  return { apiVersion: `${rbacGroup}/v1`, kind: "ClusterRole", metadata: { ...metadata, name }, rules };
}

export function role(namespace: string, name: string, rules: readonly Fields[], metadata: Fields = {}): StoredObject {
  return { apiVersion: `${rbacGroup}/v1`, kind: "Role", metadata: { ...metadata, name, namespace }, rules };
}

export function clusterRoleBinding(
  name: string,
  roleName: string,
  subjects: readonly Fields[],
  metadata: Fields = {},
): StoredObject {
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { ...metadata, name },
    roleRef: { apiGroup: rbacGroup, kind: "ClusterRole", name: roleName },
    ...(subjects.length === 0 ? {} : { subjects }),
  };
}

export function roleBinding(
  namespace: string,
  name: string,
  subjects: readonly Fields[],
  metadata: Fields = {},
): StoredObject {
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind: "RoleBinding",
    metadata: { ...metadata, name, namespace },
    roleRef: { apiGroup: rbacGroup, kind: "Role", name },
    subjects,
  };
}

export function user(name: string): Fields {
  return { apiGroup: rbacGroup, kind: "User", name };
}

export function group(name: string): Fields {
  return { apiGroup: rbacGroup, kind: "Group", name };
}

export function serviceAccount(namespace: string, name: string): Fields {
  return { kind: "ServiceAccount", name, namespace };
}
