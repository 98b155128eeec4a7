// The checks of a CertificateSigningRequest that approver and signer share: k/k:pkg/apis/certificates/helpers.go
import type { CertificateRequestContent } from "../../../pki/x509.ts";
import { type Fields, isFields, listAt, type StoredObject, stringAt, stringsAt } from "../apiserver/objects.ts";

export const kubeletClientSigner = "kubernetes.io/kube-apiserver-client-kubelet";
export const kubeletServingSigner = "kubernetes.io/kubelet-serving";
export const clientSigner = "kubernetes.io/kube-apiserver-client";

export function conditionsOf(csr: StoredObject): readonly Fields[] {
  return listAt(csr, "status", "conditions").filter(isFields);
}

export function hasCondition(csr: StoredObject, type: string): boolean {
  return conditionsOf(csr).some((condition) => condition["type"] === type);
}

export function hasCertificate(csr: StoredObject): boolean {
  return (stringAt(csr, "status", "certificate") ?? "") !== "";
}

export function requestPem(csr: StoredObject): string {
  return Buffer.from(stringAt(csr, "spec", "request") ?? "", "base64").toString("utf8");
}

/** Returns why a request is not one for a kubelet's client certificate, or undefined if it is. */
export function kubeletClientFlaw(csr: StoredObject, request: CertificateRequestContent): string | undefined {
  return (
    nodeSubjectFlaw(request) ??
    (request.dnsNames.length > 0 ? "DNS subjectAltNames are not allowed" : undefined) ??
    (request.emailAddresses.length > 0 ? "Email subjectAltNames are not allowed" : undefined) ??
    (request.ipAddresses.length > 0 ? "IP subjectAltNames are not allowed" : undefined) ??
    (request.uris.length > 0 ? "URI subjectAltNames are not allowed" : undefined) ??
    usagesFlaw(csr, "client auth")
  );
}

/** Returns why a request is not one for a kubelet's serving certificate, or undefined if it is. */
export function kubeletServingFlaw(csr: StoredObject, request: CertificateRequestContent): string | undefined {
  const hasName = request.dnsNames.length > 0 || request.ipAddresses.length > 0;
  return (
    nodeSubjectFlaw(request) ??
    (hasName ? undefined : "at least one DNS or IP subjectAltName is required") ??
    (request.emailAddresses.length > 0 ? "Email subjectAltNames are not allowed" : undefined) ??
    (request.uris.length > 0 ? "URI subjectAltNames are not allowed" : undefined) ??
    usagesFlaw(csr, "server auth")
  );
}

function nodeSubjectFlaw({ subject }: CertificateRequestContent): string | undefined {
  if (subject.organizations.length !== 1 || subject.organizations[0] !== "system:nodes") {
    return "subject organization is not system:nodes";
  }
  return subject.commonName.startsWith("system:node:")
    ? undefined
    : "subject common name does not begin with system:node:";
}

function usagesFlaw(csr: StoredObject, purpose: "client auth" | "server auth"): string | undefined {
  const wanted = [purpose, "digital signature"];
  const given = new Set(stringsAt(csr, "spec", "usages"));
  const isExact =
    wanted.every((usage) => given.has(usage)) &&
    [...given].every((usage) => [...wanted, "key encipherment"].includes(usage));
  return isExact ? undefined : `usages did not match [${[...wanted, "key encipherment"].join(" ")}]`;
}
