// k/k:pkg/controller/certificates/approver/sarapprove.go
import { type CertificateRequestContent, parseCertificateRequest } from "../../../pki/x509.ts";
import { defined } from "../../../values/defined.ts";
import type { Authorizer } from "../apiserver/authorization/authorizer.ts";
import { fieldsAt, type StoredObject, stringAt, stringsAt } from "../apiserver/objects.ts";
import { resources } from "../apiserver/resource-names.ts";
import { timestamp } from "../apiserver/storage.ts";
import type { UserInfo } from "../apiserver/user-info.ts";
import {
  conditionsOf,
  hasCertificate,
  hasCondition,
  kubeletClientFlaw,
  kubeletClientSigner,
  requestPem,
} from "./certificate-requests.ts";
import { type Again, type Controller, type ControllerContext, reconciler } from "./reconciler.ts";

interface Recognizer {
  readonly subresource: "selfnodeclient" | "nodeclient";
  readonly message: string;
  readonly recognizes: (csr: StoredObject, request: CertificateRequestContent) => boolean;
}

/** In this order: first requests of a node for itself, then requests of others for a node. */
const recognizers: readonly Recognizer[] = [
  {
    subresource: "selfnodeclient",
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
    recognizes: (csr, request) =>
      isKubeletClient(csr, request) && stringAt(csr, "spec", "username") === request.subject.commonName,
  },
  {
    subresource: "nodeclient",
    message: "Auto approving kubelet client certificate after SubjectAccessReview.",
    recognizes: isKubeletClient,
  },
];

function isKubeletClient(csr: StoredObject, request: CertificateRequestContent): boolean {
  return stringAt(csr, "spec", "signerName") === kubeletClientSigner && kubeletClientFlaw(csr, request) === undefined;
}

/** Approves client certificates of kubelets if RBAC allows the user to request them. */
export function csrApproving(context: ControllerContext, authorize: Authorizer): Controller {
  const { storage } = context;
  const retries = new Map<string, number>();
  return reconciler(context, {
    name: "csrapproving",
    watches: [resources.certificateSigningRequests],
    keysOf: ({ current }) => (current === undefined ? [] : [current.metadata.name]),
    initialKeys: () => storage.list(resources.certificateSigningRequests).map(({ metadata }) => metadata.name),
    reconcile: async (name) => {
      const csr = storage.get(resources.certificateSigningRequests, { name });
      if (csr === undefined || isDecided(csr)) return undefined;
      const request = await parseCertificateRequest(requestPem(csr));
      const recognized = recognizers.filter((recognizer) => recognizer.recognizes(csr, request));
      if (recognized.length === 0) return undefined;
      const approving = recognized.find(({ subresource }) => isAllowed(csr, subresource, authorize));
      if (approving === undefined) return again(name, retries);
      approve(context, csr, approving.message);
      return undefined;
    },
  });
}

function isDecided(csr: StoredObject): boolean {
  return hasCertificate(csr) || hasCondition(csr, "Approved") || hasCondition(csr, "Denied");
}

/** The rights may still be granted: upstream checks again with growing pauses. */
function again(name: string, retries: Map<string, number>): Again {
  const count = retries.get(name) ?? 0;
  retries.set(name, count + 1);
  return { afterMs: Math.min(200 * 2 ** count, 1_000_000) };
}

function isAllowed(csr: StoredObject, subresource: string, authorize: Authorizer): boolean {
  return authorize({
    user: requester(csr),
    verb: "create",
    path: "",
    isResourceRequest: true,
    group: "certificates.k8s.io",
    version: "*",
    resource: "certificatesigningrequests",
    subresource,
    namespace: "",
    name: "",
    fieldSelector: [],
  }).allowed;
}

function requester(csr: StoredObject): UserInfo {
  const uid = stringAt(csr, "spec", "uid");
  const extra = Object.keys(fieldsAt(csr, "spec", "extra") ?? {});
  return {
    username: stringAt(csr, "spec", "username") ?? "",
    groups: stringsAt(csr, "spec", "groups"),
    ...defined({ uid }),
    extra: Object.fromEntries(extra.map((key) => [key, stringsAt(csr, "spec", "extra", key)])),
  };
}

function approve({ storage, clock }: ControllerContext, csr: StoredObject, message: string): void {
  const { name, resourceVersion } = csr.metadata;
  const time = timestamp(clock.now());
  const condition = {
    type: "Approved",
    status: "True",
    reason: "AutoApproved",
    message,
    lastUpdateTime: time,
    lastTransitionTime: time,
  };
  storage.update(resources.certificateSigningRequests, { name }, { resourceVersion }, (current) => ({
    ...current,
    status: { ...fieldsAt(current, "status"), conditions: [...conditionsOf(current), condition] },
  }));
}
