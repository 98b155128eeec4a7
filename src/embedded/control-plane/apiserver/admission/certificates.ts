// k/k:plugin/pkg/admission/certificates: who may approve and sign for a signer, and which subject is never allowed.
import { certificateRequestSubject } from "../../../../pki/x509.ts";
import { at, isEqualJson, stringAt } from "../objects.ts";
import { forbidden, qualified, quoted } from "../status.ts";
import type { Admission, AdmissionContext } from "./write.ts";

const requests = "certificatesigningrequests.certificates.k8s.io";

/** Changing an approval needs the verb `approve` on the signer. */
export function admitApproval(write: Admission, context: AdmissionContext): void {
  if (qualified(write.definition) !== requests || write.subresource !== "approval") return;
  requireSignerVerb(write, context, "approve");
}

/** Setting a certificate needs the verb `sign` on the signer. */
export function admitSigning(write: Admission, context: AdmissionContext): void {
  if (qualified(write.definition) !== requests || write.subresource !== "status") return;
  const [next, current] = [write.next, write.current].map((object) => at(object, "status", "certificate"));
  if (!isEqualJson(next, current)) requireSignerVerb(write, context, "sign");
}

function requireSignerVerb(write: Admission, context: AdmissionContext, verb: "approve" | "sign"): void {
  const signerName = stringAt(write.current, "spec", "signerName") ?? "";
  const domain = signerName.split("/")[0] ?? "";
  const mayDo = [signerName, `${domain}/*`].some(
    (name) =>
      context.authorize({
        user: write.user,
        verb,
        path: "",
        isResourceRequest: true,
        group: "certificates.k8s.io",
        version: "*",
        resource: "signers",
        subresource: "",
        namespace: "",
        name,
        fieldSelector: [],
      }).allowed,
  );
  if (!mayDo) {
    const why = `user not permitted to ${verb} requests with signerName ${quoted(signerName)}`;
    throw forbidden(write.definition, write.name, why);
  }
}

/** A client certificate for the group system:masters could never be revoked. */
export function admitSubject(write: Admission): void {
  if (qualified(write.definition) !== requests || write.operation !== "create") return;
  if (stringAt(write.next, "spec", "signerName") !== "kubernetes.io/kube-apiserver-client") return;
  const pem = Buffer.from(stringAt(write.next, "spec", "request") ?? "", "base64").toString("utf8");
  if (organizationsOf(pem, write).includes("system:masters")) {
    const why = `use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed`;
    throw forbidden(write.definition, write.name, why);
  }
}

function organizationsOf(pem: string, write: Admission): readonly string[] {
  try {
    return certificateRequestSubject(pem).organizations;
  } catch (error) {
    const why = `unable to parse the request: ${error instanceof Error ? error.message : error}`;
    throw forbidden(write.definition, write.name, why);
  }
}
