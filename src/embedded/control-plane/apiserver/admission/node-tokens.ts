// k/k:plugin/pkg/admission/noderestriction, admitServiceAccount: tokens that a kubelet requests.
import { nodeNameOf } from "../authorization/node.ts";
import { type Fields, isFields, listAt, type StoredObject, stringAt, stringsAt } from "../objects.ts";
import type { RequestInfo } from "../request-info.ts";
import { resources } from "../resource-names.ts";
import { forbidden, notFound, quoted, type StatusError } from "../status.ts";
import type { Storage } from "../storage.ts";
import type { UserInfo } from "../user-info.ts";
import { projectedSources, volumesOf } from "./pod-references.ts";
import type { AdmissionContext } from "./write.ts";

/** Only for Pods that run on the node, bound to them, and for audiences that the Pod's volumes name. */
export function admitTokenRequest(request: Fields, info: RequestInfo, user: UserInfo, context: AdmissionContext): void {
  const nodeName = nodeNameOf(user);
  if (nodeName === undefined) return;
  const refuse = (why: string): StatusError => forbidden(resources.serviceAccounts, info.name, why);
  const reference = (field: string) => stringAt(request, "spec", "boundObjectRef", field) ?? "";
  const name = reference("name");
  if (reference("apiVersion") !== "v1" || reference("kind") !== "Pod" || name === "") {
    throw refuse("node requested token not bound to a pod");
  }
  if (reference("uid") === "") throw refuse("node requested token with a pod binding without a uid");
  const pod = context.storage.get(resources.pods, { namespace: info.namespace, name });
  if (pod === undefined) throw notFound(resources.pods, name);
  if (reference("uid") !== pod.metadata.uid) {
    throw refuse(
      `the UID in the bound object reference (${reference("uid")}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (stringAt(pod, "spec", "nodeName") !== nodeName) {
    throw refuse("node requested token bound to a pod scheduled on a different node");
  }
  const audiences = stringsAt(request, "spec", "audiences");
  if (audiences.length > 1) throw refuse("node may only request 0 or 1 audiences");
  const audience = audiences[0] ?? "";
  if (isNamedByPod(pod, audience, context.storage) || mayRequest(audience, info, user, context)) return;
  throw refuse(`${user.username} is not authorized to request tokens for audience ${quoted(audience)}`);
}

function isNamedByPod(pod: StoredObject, audience: string, storage: Storage): boolean {
  return volumesOf(pod).some((volume) => {
    const tokens = projectedSources(volume)
      .map((source) => source["serviceAccountToken"])
      .filter(isFields);
    if (tokens.some((token) => (stringAt(token, "audience") ?? "") === audience)) return true;
    const driver = stringAt(volume, "csi", "driver");
    const found = driver === undefined ? undefined : storage.get(csiDrivers, { name: driver });
    return listAt(found, "spec", "tokenRequests").some((token) => (stringAt(token, "audience") ?? "") === audience);
  });
}

const csiDrivers = { group: "storage.k8s.io", resource: "csidrivers" };

function mayRequest(audience: string, info: RequestInfo, user: UserInfo, { authorize }: AdmissionContext): boolean {
  return authorize({
    user,
    verb: "request-serviceaccounts-token-audience",
    path: "",
    isResourceRequest: true,
    group: info.group,
    version: info.version,
    resource: audience,
    subresource: "",
    namespace: info.namespace,
    name: info.name,
    fieldSelector: [],
  }).allowed;
}
