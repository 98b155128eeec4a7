// k/k:plugin/pkg/admission/noderestriction, admitPod and admitPodStatus.
import { at, isEqualJson, isFields, listAt, type StoredObject, stringAt } from "../objects.ts";
import { resources } from "../resource-names.ts";
import { forbidden, notFound, quoted, type StatusError } from "../status.ts";
import type { Storage } from "../storage.ts";
import { isMirrorPod, referencedKind } from "./pod-references.ts";
import type { Admission, AdmissionContext } from "./write.ts";

/** A kubelet creates and deletes mirror Pods of its own node, and reports the status of the Pods that run there. */
export function admitPodOfNode(write: Admission, nodeName: string, { storage }: AdmissionContext): void {
  const { operation, subresource } = write;
  const node = `node ${quoted(nodeName)}`;
  if (subresource === "status") admitStatus(write, nodeName);
  else if (subresource !== "") {
    const why = `unexpected pod subresource ${quoted(subresource)}, only 'status' and 'eviction' are allowed`;
    throw refuse(write, why);
  } else if (operation === "create") admitMirrorPod(write, nodeName, storage);
  else if (operation === "update") {
    throw refuse(write, `unexpected operation "UPDATE", ${node} can only create and delete mirror pods`);
  } else if (!isBoundTo(write.current, nodeName)) {
    throw refuse(write, `${node} can only delete pods with spec.nodeName set to itself`);
  }
}

function admitMirrorPod(write: Admission, nodeName: string, storage: Storage): void {
  const pod = write.next;
  const node = `node ${quoted(nodeName)}`;
  if (pod === undefined || !isMirrorPod(pod)) {
    throw refuse(
      write,
      `pod does not have "kubernetes.io/config.mirror" annotation, ${node} can only create mirror pods`,
    );
  }
  if (!isBoundTo(pod, nodeName)) throw refuse(write, `${node} can only create pods with spec.nodeName set to itself`);
  requireOwner(write, pod, nodeName, storage);
  const kind = referencedKind(pod);
  if (kind !== undefined) throw refuse(write, `${node} can not create pods that reference ${kind}`);
}

function requireOwner(write: Admission, pod: StoredObject, nodeName: string, storage: Storage): void {
  const node = `node ${quoted(nodeName)}`;
  const owners = listAt(pod, "metadata", "ownerReferences").filter(isFields);
  const [owner] = owners;
  if (owners.length > 1) {
    throw refuse(write, `${node} can only create pods with a single owner reference set to itself`);
  }
  if (owner?.["apiVersion"] !== "v1" || owner["kind"] !== "Node" || owner["name"] !== nodeName) {
    throw refuse(write, `${node} can only create pods with an owner reference set to itself`);
  }
  if (owner["controller"] !== true) {
    throw refuse(write, `${node} can only create pods with a controller owner reference set to itself`);
  }
  if (owner["blockOwnerDeletion"] === true) {
    throw refuse(write, `${node} must not set blockOwnerDeletion on an owner reference`);
  }
  const stored = storage.get(resources.nodes, { name: nodeName });
  if (stored === undefined) throw notFound(resources.nodes, nodeName);
  if (owner["uid"] !== stored.metadata.uid) {
    throw refuse(write, `node ${nodeName} UID mismatch: expected ${owner["uid"]} got ${stored.metadata.uid}`);
  }
}

/** The fields that the scheduler and the node's rights depend on. */
const fixedStatus = ["resourceClaimStatuses", "extendedResourceClaimStatus", "nodeAllocatableResourceClaimStatuses"];

function admitStatus(write: Admission, nodeName: string): void {
  const { next, current } = write;
  if (!isBoundTo(current, nodeName)) {
    throw refuse(
      write,
      `node ${quoted(nodeName)} can only update pod status for pods with spec.nodeName set to itself`,
    );
  }
  if (!isEqualJson(at(next, "metadata", "labels") ?? {}, at(current, "metadata", "labels") ?? {})) {
    throw refuse(write, `node ${quoted(nodeName)} cannot update labels through pod status`);
  }
  if (fixedStatus.some((field) => !isEqualJson(at(next, "status", field), at(current, "status", field)))) {
    throw refuse(write, `node ${quoted(nodeName)} cannot update resource claim statues`);
  }
}

function isBoundTo(pod: StoredObject | undefined, nodeName: string): boolean {
  return stringAt(pod, "spec", "nodeName") === nodeName;
}

function refuse({ definition, name }: Admission, why: string): StatusError {
  return forbidden(definition, name, why);
}
