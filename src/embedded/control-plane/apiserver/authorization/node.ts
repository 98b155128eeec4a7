// k/k:plugin/pkg/auth/authorizer/node: a kubelet may read what its Pods use, and write its own Node, Lease and CSINode.

import { claimNames, configMapNames, isMirrorPod, secretNames } from "../admission/pod-references.ts";
import { ownValue, type StoredObject, stringAt } from "../objects.ts";
import { resources } from "../resource-names.ts";
import { type GroupResource, qualified, quoted } from "../status.ts";
import type { Storage } from "../storage.ts";
import type { UserInfo } from "../user-info.ts";
import { type Attributes, type Authorizer, type Decision, noOpinion } from "./authorizer.ts";
import { nodeRules } from "./node-rules.ts";
import { ruleAllows } from "./rbac.ts";

const allowed: Decision = { allowed: true, reason: "" };

type NodeRule = (nodeName: string, attributes: Attributes, storage: Storage) => Decision;

export function nodeAuthorizer(storage: Storage): Authorizer {
  return (attributes) => {
    const nodeName = nodeNameOf(attributes.user);
    if (nodeName === undefined) return noOpinion;
    if (nodeName === "") return refused(`unknown node for user ${quoted(attributes.user.username)}`);
    const rule = attributes.isResourceRequest ? ownValue(nodeRuleOf, qualified(attributes)) : undefined;
    if (rule !== undefined) return rule(nodeName, attributes, storage);
    return nodeRules.some((nodeRule) => ruleAllows(nodeRule, attributes)) ? allowed : noOpinion;
  };
}

/** Undefined for users that are not nodes; empty for a member of system:nodes without a node's name. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.username.startsWith("system:node:") || !user.groups.includes("system:nodes")) return undefined;
  return user.username.slice("system:node:".length);
}

const nodeRuleOf: Readonly<Record<string, NodeRule>> = {
  secrets: readObjectOfPods,
  configmaps: readObjectOfPods,
  serviceaccounts: serviceAccountRule,
  nodes: nodeRule,
  pods: podRule,
  "leases.coordination.k8s.io": ownLease,
  "csinodes.storage.k8s.io": ownCsiNode,
  persistentvolumeclaims: claimRule,
  persistentvolumes: getOfNode,
  "resourceclaims.resource.k8s.io": getOfNode,
  "volumeattachments.storage.k8s.io": getOfNode,
  "resourceslices.resource.k8s.io": (node, attributes, storage) =>
    ownObjects(node, attributes, storage, { single: ["get", "update", "patch", "delete"], refusal: sliceRefusal }),
  "podcertificaterequests.certificates.k8s.io": (node, attributes, storage) =>
    ownObjects(node, attributes, storage, { single: ["get"], refusal: podCertificateRefusal }),
};

const sliceRefusal = "can only list/watch/deletecollection resourceslices with nodeName field selector";
const podCertificateRefusal = "can only list/watch podcertificaterequests with nodeName field selector";

function refused(reason: string): Decision {
  return { allowed: false, reason };
}

function noRelationship(nodeName: string): Decision {
  return refused(`no relationship found between node '${nodeName}' and this object`);
}

function readObjectOfPods(nodeName: string, attributes: Attributes, storage: Storage): Decision {
  if (!["get", "list", "watch"].includes(attributes.verb)) return refused("can only read resources of this type");
  if (attributes.subresource !== "") return refused("cannot read subresource");
  if (attributes.namespace === "") return refused("can only read namespaced object of this type");
  if (attributes.name === "") return refused("No Object name found");
  return isUsedByPod(storage, nodeName, attributes) ? allowed : noRelationship(nodeName);
}

function serviceAccountRule(nodeName: string, attributes: Attributes, storage: Storage): Decision {
  if (attributes.verb === "get" && attributes.subresource === "")
    return readObjectOfPods(nodeName, attributes, storage);
  if (attributes.verb !== "create" || attributes.name === "") {
    return refused("can only create tokens for individual service accounts");
  }
  if (attributes.subresource !== "token") return refused("can only create token subresource of serviceaccount");
  return isUsedByPod(storage, nodeName, attributes) ? allowed : noRelationship(nodeName);
}

function nodeRule(nodeName: string, attributes: Attributes): Decision {
  const { verb, subresource, name } = attributes;
  if (subresource === "status") return verb === "update" || verb === "patch" ? allowed : noOpinion;
  if (subresource !== "") return noOpinion;
  // The NodeRestriction admission plugin ensures that a node only writes its own object.
  if (["create", "update", "patch"].includes(verb)) return allowed;
  if (!["get", "list", "watch"].includes(verb)) return noOpinion;
  if (name === nodeName) return allowed;
  const what = name === "" ? "all nodes" : `'${name}'`;
  return refused(`node '${nodeName}' cannot read ${what}, only its own Node object`);
}

function podRule(nodeName: string, attributes: Attributes, storage: Storage): Decision {
  const { verb, subresource, name, namespace } = attributes;
  if (subresource === "status") return verb === "update" || verb === "patch" ? allowed : noOpinion;
  if (subresource === "eviction") return verb === "create" ? allowed : noOpinion;
  if (subresource !== "") return noOpinion;
  if (verb === "create" || verb === "delete") return allowed;
  if (verb !== "get" && verb !== "list" && verb !== "watch") return noOpinion;
  if (selectsOwn(nodeName, attributes)) return allowed;
  if (name === "") {
    return refused(
      verb === "get" ? "No Object name found" : "can only list/watch pods with spec.nodeName field selector",
    );
  }
  const pod = storage.get(resources.pods, { namespace, name });
  return stringAt(pod, "spec", "nodeName") === nodeName ? allowed : noRelationship(nodeName);
}

function ownLease(nodeName: string, attributes: Attributes): Decision {
  if (!["get", "create", "update", "patch", "delete"].includes(attributes.verb)) {
    return refused("can only get, create, update, patch, or delete a node lease");
  }
  if (attributes.namespace !== "kube-node-lease") {
    return refused('can only access leases in the "kube-node-lease" system namespace');
  }
  if (attributes.verb !== "create" && attributes.name !== nodeName) {
    return refused("can only access node lease with the same name as the requesting node");
  }
  return allowed;
}

function ownCsiNode(nodeName: string, attributes: Attributes): Decision {
  if (attributes.subresource !== "") return refused("cannot authorize CSINode subresources");
  if (!["get", "create", "update", "patch", "delete"].includes(attributes.verb)) {
    return refused("can only get, create, update, patch, or delete a CSINode");
  }
  if (attributes.verb !== "create" && attributes.name !== nodeName) {
    return refused("can only access CSINode with the same name as the requesting node");
  }
  return allowed;
}

/** Objects that name their node: created under the control of admission, read one by one or by a selector. */
function ownObjects(
  nodeName: string,
  attributes: Attributes,
  storage: Storage,
  { single, refusal }: { readonly single: readonly string[]; readonly refusal: string },
): Decision {
  if (attributes.subresource !== "") return noOpinion;
  if (attributes.verb === "create" || selectsOwn(nodeName, attributes)) return allowed;
  if (!single.includes(attributes.verb)) return refused(refusal);
  return isOfNode(nodeName, attributes, storage) ? allowed : noRelationship(nodeName);
}

/** Also for kinds that this server does not store: they are not related to any node then. */
function getOfNode(nodeName: string, attributes: Attributes, storage: Storage): Decision {
  if (attributes.verb !== "get") return refused("can only get individual resources of this type");
  if (attributes.subresource !== "") return refused("cannot get subresource");
  return isOfNode(nodeName, attributes, storage) ? allowed : noRelationship(nodeName);
}

function isOfNode(nodeName: string, attributes: Attributes, storage: Storage): boolean {
  const { name, namespace } = attributes;
  const object = storage.get(attributes, namespace === "" ? { name } : { name, namespace });
  return stringAt(object, "spec", "nodeName") === nodeName;
}

function claimRule(nodeName: string, attributes: Attributes, storage: Storage): Decision {
  const { verb, subresource } = attributes;
  if (subresource === "status" ? !["get", "update", "patch"].includes(verb) : verb !== "get") {
    return refused("can only get individual resources of this type");
  }
  if (subresource !== "status" && subresource !== "") return refused("cannot get subresource");
  return isUsedByPod(storage, nodeName, attributes) ? allowed : noRelationship(nodeName);
}

function selectsOwn(nodeName: string, { fieldSelector }: Attributes): boolean {
  return fieldSelector.some(
    ({ field, operator, value }) => field === "spec.nodeName" && operator === "=" && value === nodeName,
  );
}

/**
 * Reports whether a Pod bound to the node refers to the object. A mirror Pod, which the node itself creates, gives it
 * no rights.
 */
function isUsedByPod(storage: Storage, nodeName: string, object: Attributes): boolean {
  return storage
    .list(resources.pods, object.namespace)
    .filter((pod) => stringAt(pod, "spec", "nodeName") === nodeName && !isMirrorPod(pod))
    .some((pod) => references(pod, object).includes(object.name));
}

function references(pod: StoredObject, { resource }: GroupResource): readonly string[] {
  switch (resource) {
    case "secrets":
      return secretNames(pod);
    case "configmaps":
      return configMapNames(pod);
    case "persistentvolumeclaims":
      return claimNames(pod);
    default:
      return [stringAt(pod, "spec", "serviceAccountName") ?? ""].filter((name) => name !== "");
  }
}
