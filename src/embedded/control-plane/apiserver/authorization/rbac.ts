// k/k:plugin/pkg/auth/authorizer/rbac: bindings of the whole cluster first, then those of the namespace.

import { type Fields, isFields, listAt, type StoredObject, stringAt, stringsAt } from "../objects.ts";
import { resources } from "../resource-names.ts";
import { quoted } from "../status.ts";
import type { Storage } from "../storage.ts";
import type { UserInfo } from "../user-info.ts";
import { type Attributes, type Authorizer, type Decision, resourceWithSubresource } from "./authorizer.ts";

/**
 * Decides from the Role, ClusterRole, RoleBinding and ClusterRoleBinding objects in storage at the time of the request.
 */
export function rbacAuthorizer(storage: Storage): Authorizer {
  return (attributes) => {
    const missingRoles: string[] = [];
    const clusterBindings = storage.list(resources.clusterRoleBindings);
    const namespaced = attributes.namespace === "" ? [] : storage.list(resources.roleBindings, attributes.namespace);
    for (const binding of [...clusterBindings, ...namespaced]) {
      const subject = matchingSubject(binding, attributes.user);
      if (subject === undefined) continue;
      const rules = rulesOf(storage, binding);
      if (rules === undefined) missingRoles.push(missingRole(binding));
      else if (rules.some((rule) => ruleAllows(rule, attributes))) return allowedBy(binding, subject);
    }
    return { allowed: false, reason: missingRolesReason(missingRoles) };
  };
}

function missingRole(binding: StoredObject): string {
  const kind = stringAt(binding, "roleRef", "kind")?.toLowerCase();
  return `${kind}.rbac.authorization.k8s.io ${quoted(stringAt(binding, "roleRef", "name") ?? "")} not found`;
}

function missingRolesReason(missing: readonly string[]): string {
  if (missing.length === 0) return "";
  const distinct = [...new Set(missing)];
  return distinct.length === 1 ? `RBAC: ${distinct[0]}` : `RBAC: [${distinct.join(", ")}]`;
}

function allowedBy(binding: StoredObject, subject: Fields): Decision {
  const { name, namespace } = binding.metadata;
  const role = `${stringAt(binding, "roleRef", "kind")} ${quoted(stringAt(binding, "roleRef", "name") ?? "")}`;
  const bound = namespace === undefined ? name : `${name}/${namespace}`;
  const kind = stringAt(subject, "kind");
  const who =
    kind === "ServiceAccount"
      ? quoted(`${stringAt(subject, "name")}/${stringAt(subject, "namespace")}`)
      : quoted(stringAt(subject, "name") ?? "");
  return { allowed: true, reason: `RBAC: allowed by ${binding.kind} ${quoted(bound)} of ${role} to ${kind} ${who}` };
}

function matchingSubject(binding: StoredObject, user: UserInfo): Fields | undefined {
  return listAt(binding, "subjects")
    .filter(isFields)
    .find((subject) => isSubject(subject, user, binding.metadata.namespace));
}

function isSubject(subject: Fields, user: UserInfo, bindingNamespace: string | undefined): boolean {
  const name = stringAt(subject, "name") ?? "";
  switch (stringAt(subject, "kind")) {
    case "User":
      return user.username === name;
    case "Group":
      return user.groups.includes(name);
    case "ServiceAccount": {
      const namespace = stringAt(subject, "namespace") ?? bindingNamespace ?? "";
      return user.username === `system:serviceaccount:${namespace}:${name}`;
    }
    default:
      return false;
  }
}

/** Undefined if the role that a binding names does not exist. */
function rulesOf(storage: Storage, binding: StoredObject): readonly Fields[] | undefined {
  const name = stringAt(binding, "roleRef", "name") ?? "";
  const isClusterRole = stringAt(binding, "roleRef", "kind") === "ClusterRole";
  const role = isClusterRole
    ? storage.get(resources.clusterRoles, { name })
    : storage.get(resources.roles, { namespace: binding.metadata.namespace, name });
  return role === undefined ? undefined : listAt(role, "rules").filter(isFields);
}

export function ruleAllows(rule: Fields, attributes: Attributes): boolean {
  if (!hasOrAll(stringsAt(rule, "verbs"), attributes.verb)) return false;
  if (!attributes.isResourceRequest)
    return stringsAt(rule, "nonResourceURLs").some((url) => matchesUrl(url, attributes));
  const names = stringsAt(rule, "resourceNames");
  return (
    hasOrAll(stringsAt(rule, "apiGroups"), attributes.group) &&
    stringsAt(rule, "resources").some((resource) => matchesResource(resource, attributes)) &&
    (names.length === 0 || names.includes(attributes.name))
  );
}

function hasOrAll(values: readonly string[], wanted: string): boolean {
  return values.includes("*") || values.includes(wanted);
}

/** `*`, `nodes`, `nodes/status` or `*` + `/status`. */
function matchesResource(pattern: string, attributes: Attributes): boolean {
  const wanted = resourceWithSubresource(attributes);
  if (pattern === "*" || pattern === wanted) return true;
  return attributes.subresource !== "" && pattern === `*/${attributes.subresource}`;
}

function matchesUrl(pattern: string, attributes: Attributes): boolean {
  return pattern.endsWith("*") ? attributes.path.startsWith(pattern.slice(0, -1)) : attributes.path === pattern;
}
