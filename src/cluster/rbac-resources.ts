import type { KubernetesObject, ResourceType } from "./cluster.ts";
import { listOfFields, textList } from "./shape.ts";

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Subject {
  readonly kind: "User" | "Group" | "ServiceAccount";
  /** rbac.authorization.k8s.io for users and groups; none for service accounts. */
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface RoleObject extends KubernetesObject {
  readonly rules: readonly PolicyRule[];
}

export interface RoleBindingObject extends KubernetesObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: "Role" | "ClusterRole"; readonly name: string };
  readonly subjects: readonly Subject[];
}

export const rbacGroup = "rbac.authorization.k8s.io";

const rules = listOfFields({ apiGroups: textList, resources: textList, resourceNames: textList, verbs: textList });
const roleShape = { rules };
const bindingShape = {
  roleRef: { fields: { apiGroup: "text", kind: "text", name: "text" } },
  subjects: listOfFields({ kind: "text", apiGroup: "text", name: "text", namespace: "text" }),
} as const;

const rbac = (plural: string, kind: string, namespaced: boolean) => ({
  group: rbacGroup,
  version: "v1",
  plural,
  kind,
  namespaced,
  names: "path segment" as const,
  shape: kind.endsWith("Binding") ? bindingShape : roleShape,
});

export const roles: ResourceType<RoleObject> = rbac("roles", "Role", true);
export const roleBindings: ResourceType<RoleBindingObject> = rbac("rolebindings", "RoleBinding", true);
export const clusterRoles: ResourceType<RoleObject> = rbac("clusterroles", "ClusterRole", false);
export const clusterRoleBindings: ResourceType<RoleBindingObject> = rbac(
  "clusterrolebindings",
  "ClusterRoleBinding",
  false,
);
