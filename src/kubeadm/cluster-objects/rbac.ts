import {
  clusterRoleBindings,
  clusterRoles,
  type PolicyRule,
  rbacGroup,
  roleBindings,
  roles,
  type Subject,
} from "../../cluster/rbac-resources.ts";
import { type DesiredObject, desired } from "./desired-object.ts";

export const systemNamespace = "kube-system";
export const publicNamespace = "kube-public";

/** The group of the bootstrap tokens that kubeadm creates. */
export const bootstrappersGroup = group("system:bootstrappers:kubeadm:default-node-token");
export const nodesGroup = group("system:nodes");

/** Returns a group as subject. The server adds its API group, same as upstream. */
export function group(name: string): Subject {
  return { kind: "Group", name };
}

export function user(name: string): Subject {
  return { kind: "User", name };
}

export function serviceAccount(name: string): Subject {
  return { kind: "ServiceAccount", name, namespace: systemNamespace };
}

export function clusterRole(name: string, rules: readonly PolicyRule[]): DesiredObject {
  return desired(clusterRoles, { metadata: { name }, rules });
}

export function clusterRoleBinding(name: string, roleName: string, ...subjects: readonly Subject[]): DesiredObject {
  const roleRef = { apiGroup: rbacGroup, kind: "ClusterRole", name: roleName } as const;
  return desired(clusterRoleBindings, { metadata: { name }, roleRef, subjects });
}

/** Returns a Role that lets the subjects read one object, and its binding; both have the same name. */
export function readersOf(
  object: { readonly resource: "configmaps" | "secrets"; readonly namespace: string; readonly name: string },
  roleName: string,
  ...subjects: readonly Subject[]
): readonly DesiredObject[] {
  const metadata = { name: roleName, namespace: object.namespace };
  const rule = { apiGroups: [""], resources: [object.resource], resourceNames: [object.name], verbs: ["get"] };
  const roleRef = { apiGroup: rbacGroup, kind: "Role", name: roleName } as const;
  return [desired(roles, { metadata, rules: [rule] }), desired(roleBindings, { metadata, roleRef, subjects })];
}
