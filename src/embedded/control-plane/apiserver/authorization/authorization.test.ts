import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../bootstrap/default-policy.ts";
import {
  clusterRole,
  clusterRoleBinding,
  group,
  role,
  roleBinding,
  rule,
  serviceAccount,
  user,
} from "../../bootstrap/rules.ts";
import type { StoredObject } from "../objects.ts";
import { resources } from "../resource-names.ts";
import { serviceAccountUser } from "../service-account-tokens.ts";
import { Storage } from "../storage.ts";
import type { UserInfo } from "../user-info.ts";
import { type Attributes, firstToAllow, forbiddenRequest, privilegedGroup } from "./authorizer.ts";
import { nodeAuthorizer } from "./node.ts";
import { rbacAuthorizer } from "./rbac.ts";

const storage = new Storage(() => new Date(0));
const kinds = {
  ClusterRole: resources.clusterRoles,
  ClusterRoleBinding: resources.clusterRoleBindings,
  Role: resources.roles,
  RoleBinding: resources.roleBindings,
  Pod: resources.pods,
  VolumeAttachment: { group: "storage.k8s.io", resource: "volumeattachments" },
} as const;

const objects: readonly StoredObject[] = [
  ...defaultPolicy,
  clusterRole("status-patcher", [rule("patch", "core", "*/status")]),
  clusterRoleBinding("status-patcher", "status-patcher", [user("patcher")]),
  role("a", "one-map", [rule("get list watch", "core", "configmaps", "one")]),
  roleBinding("a", "one-map", [user("reader"), serviceAccount("a", "robot"), group("readers")]),
  clusterRoleBinding("dangling", "gone", [user("dangler")]),
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "mirror", namespace: "kube-system", annotations: { "kubernetes.io/config.mirror": "x" } },
    spec: {
      nodeName: "w1",
      serviceAccountName: "mirrored",
      volumes: [{ secret: { secretName: "mirrored" } }, { persistentVolumeClaim: { claimName: "mirrored" } }],
    },
  },
  ...["w1", "w2"].map((nodeName) => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata: { name: `of-${nodeName}` },
    spec: { nodeName },
  })),
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "proxy", namespace: "kube-system" },
    spec: {
      nodeName: "w1",
      serviceAccountName: "kube-proxy",
      volumes: [
        { configMap: { name: "kube-proxy" } },
        { persistentVolumeClaim: { claimName: "data" } },
        { name: "scratch", ephemeral: { volumeClaimTemplate: {} } },
        { projected: { sources: [{ configMap: { name: "kube-root-ca.crt" } }] } },
      ],
      containers: [{ env: [{ valueFrom: { secretKeyRef: { name: "used", key: "k" } } }] }],
    },
  },
];
for (const object of objects) storage.create(kinds[object.kind as keyof typeof kinds], object);

const authorize = firstToAllow(privilegedGroup, nodeAuthorizer(storage), rbacAuthorizer(storage));

function ask(who: UserInfo, verb: string, target: string, more: Partial<Attributes> = {}): Attributes {
  const base = {
    user: who,
    verb,
    version: "v1",
    fieldSelector: [],
    path: "",
    group: "",
    namespace: "",
    name: "",
    subresource: "",
  };
  if (target.startsWith("/")) return { ...base, path: target, isResourceRequest: false, resource: "", ...more };
  const [resource = "", subresource = ""] = target.split("/");
  return { ...base, isResourceRequest: true, resource, subresource, ...more };
}

function named(username: string, ...groups: string[]): UserInfo {
  return { username, groups: [...groups, "system:authenticated"] };
}

const w1 = named("system:node:w1", "system:nodes");
const anonymous: UserInfo = { username: "system:anonymous", groups: ["system:unauthenticated"] };
const own = [{ field: "spec.nodeName", operator: "=" as const, value: "w1" }];

describe("RBAC", () => {
  test.each<[string, Attributes, boolean]>([
    ["lets system:masters do anything", ask(named("root", "system:masters"), "delete", "anything"), true],
    ["lets cluster-admin's group read paths", ask(named("root", "system:masters"), "get", "/metrics"), true],
    ["allows anyone to see the version", ask(anonymous, "get", "/version"), true],
    ["does not allow anonymous users to see the API groups", ask(anonymous, "get", "/apis"), false],
    ["allows authenticated users to see documents by prefix", ask(named("u"), "get", "/openapi/v3/api/v1"), true],
    ["matches a subresource of any resource", ask(named("patcher"), "patch", "nodes/status"), true],
    ["does not take a subresource for its resource", ask(named("patcher"), "patch", "nodes"), false],
    [
      "allows a named object in its namespace",
      ask(named("reader"), "get", "configmaps", { namespace: "a", name: "one" }),
      true,
    ],
    ["refuses another name", ask(named("reader"), "get", "configmaps", { namespace: "a", name: "two" }), false],
    ["refuses a list without a name", ask(named("reader"), "list", "configmaps", { namespace: "a" }), false],
    ["refuses another namespace", ask(named("reader"), "get", "configmaps", { namespace: "b", name: "one" }), false],
    [
      "knows service accounts",
      ask(serviceAccountUser("a", "robot"), "get", "configmaps", { namespace: "a", name: "one" }),
      true,
    ],
    ["knows groups", ask(named("x", "readers"), "get", "configmaps", { namespace: "a", name: "one" }), true],
  ])("%s", (_name, attributes, allowed) => {
    expect(authorize(attributes).allowed).toBe(allowed);
  });

  test("names the roles that a binding refers to and that do not exist", () => {
    expect(authorize(ask(named("dangler"), "get", "nodes")).reason).toBe(
      'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    );
  });
});

describe("a refusal", () => {
  test.each<[string, Attributes, string]>([
    [
      "names object, verb and namespace",
      ask(anonymous, "get", "configmaps", { namespace: "kube-public", name: "cluster-info" }),
      'configmaps "cluster-info" is forbidden: User "system:anonymous" cannot get resource "configmaps" in API group "" in the namespace "kube-public"',
    ],
    [
      "names group and subresource at the cluster scope",
      ask(anonymous, "update", "certificatesigningrequests/approval", { group: "certificates.k8s.io", name: "x" }),
      'certificatesigningrequests.certificates.k8s.io "x" is forbidden: User "system:anonymous" cannot update resource "certificatesigningrequests/approval" in API group "certificates.k8s.io" at the cluster scope',
    ],
    [
      "names the path",
      ask(anonymous, "get", "/metrics"),
      'forbidden: User "system:anonymous" cannot get path "/metrics"',
    ],
  ])("%s", (_name, attributes, message) => {
    expect(forbiddenRequest(attributes, "").message).toBe(message);
  });
});

describe("the Node authorizer", () => {
  const inSystem = { namespace: "kube-system" };
  const leases = { group: "coordination.k8s.io", namespace: "kube-node-lease" };
  test.each<[string, Attributes, boolean]>([
    ["allows a node to read itself", ask(w1, "get", "nodes", { name: "w1" }), true],
    ["does not allow it to read another node", ask(w1, "get", "nodes", { name: "w2" }), false],
    ["does not allow it to list all nodes", ask(w1, "list", "nodes"), false],
    ["allows it to patch a status", ask(w1, "patch", "nodes/status", { name: "w1" }), true],
    ["does not allow it to delete its node", ask(w1, "delete", "nodes", { name: "w1" }), false],
    ["allows it to write its lease", ask(w1, "update", "leases", { ...leases, name: "w1" }), true],
    ["does not allow it to write another lease", ask(w1, "update", "leases", { ...leases, name: "w2" }), false],
    [
      "does not allow it to write leases elsewhere",
      ask(w1, "create", "leases", { ...leases, namespace: "kube-system" }),
      false,
    ],
    ["allows it to watch its pods", ask(w1, "watch", "pods", { fieldSelector: own }), true],
    ["does not allow it to watch all pods", ask(w1, "watch", "pods"), false],
    ["allows it to get a pod of its own", ask(w1, "get", "pods", { ...inSystem, name: "proxy" }), true],
    [
      "allows it to read a map that its pod mounts",
      ask(w1, "watch", "configmaps", { ...inSystem, name: "kube-proxy" }),
      true,
    ],
    [
      "allows it to read a projected map",
      ask(w1, "get", "configmaps", { ...inSystem, name: "kube-root-ca.crt" }),
      true,
    ],
    ["does not allow it to read other maps", ask(w1, "get", "configmaps", { ...inSystem, name: "other" }), false],
    [
      "allows it to read a secret in a pod's environment",
      ask(w1, "get", "secrets", { ...inSystem, name: "used" }),
      true,
    ],
    [
      "does not allow another node to read it",
      ask(named("system:node:w2", "system:nodes"), "get", "secrets", { ...inSystem, name: "used" }),
      false,
    ],
    [
      "allows it to make tokens for its pods",
      ask(w1, "create", "serviceaccounts/token", { ...inSystem, name: "kube-proxy" }),
      true,
    ],
    [
      "does not allow it to make other tokens",
      ask(w1, "create", "serviceaccounts/token", { ...inSystem, name: "default" }),
      false,
    ],
    [
      "gives it nothing by a mirror pod: no secret",
      ask(w1, "get", "secrets", { ...inSystem, name: "mirrored" }),
      false,
    ],
    [
      "gives it nothing by a mirror pod: no token",
      ask(w1, "create", "serviceaccounts/token", { ...inSystem, name: "mirrored" }),
      false,
    ],
    [
      "allows it to get a claim of its pods",
      ask(w1, "get", "persistentvolumeclaims", { ...inSystem, name: "data" }),
      true,
    ],
    [
      "allows it to get the claim of an ephemeral volume",
      ask(w1, "get", "persistentvolumeclaims", { ...inSystem, name: "proxy-scratch" }),
      true,
    ],
    [
      "does not allow it to get other claims",
      ask(w1, "get", "persistentvolumeclaims", { ...inSystem, name: "mirrored" }),
      false,
    ],
    ["does not allow it to get any volume", ask(w1, "get", "persistentvolumes", { name: "pv" }), false],
    [
      "allows it to get its attachment",
      ask(w1, "get", "volumeattachments", { group: "storage.k8s.io", name: "of-w1" }),
      true,
    ],
    [
      "does not allow it to get another's attachment",
      ask(w1, "get", "volumeattachments", { group: "storage.k8s.io", name: "of-w2" }),
      false,
    ],
    ["allows it to make a slice", ask(w1, "create", "resourceslices", { group: "resource.k8s.io" }), true],
    [
      "does not allow it to delete a slice that is not its own",
      ask(w1, "delete", "resourceslices", { group: "resource.k8s.io", name: "x" }),
      false,
    ],
    ["allows it to write its CSINode", ask(w1, "create", "csinodes", { group: "storage.k8s.io" }), true],
    ["allows it to read drivers", ask(w1, "watch", "csidrivers", { group: "storage.k8s.io" }), true],
    [
      "allows it to delete its slices",
      ask(w1, "deletecollection", "resourceslices", { group: "resource.k8s.io", fieldSelector: own }),
      true,
    ],
    [
      "does not allow it to delete all slices",
      ask(w1, "deletecollection", "resourceslices", { group: "resource.k8s.io" }),
      false,
    ],
    [
      "has no opinion on a user outside system:nodes",
      ask(named("system:node:w1"), "get", "nodes", { name: "w1" }),
      false,
    ],
  ])("%s", (_name, attributes, allowed) => {
    expect(authorize(attributes).allowed).toBe(allowed);
  });
});
