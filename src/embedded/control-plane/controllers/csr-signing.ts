// k/k:pkg/controller/certificates/signer/signer.go and pkg/controller/certificates/authority
import {
  type CertificateAuthority,
  type CertificateRequestContent,
  type ExtendedKeyUsage,
  issueCertificate,
  type KeyUsage,
  parseCertificateRequest,
} from "../../../pki/x509.ts";
import { fieldsAt, numberAt, ownValue, type StoredObject, stringAt, stringsAt } from "../apiserver/objects.ts";
import { resources } from "../apiserver/resource-names.ts";
import { timestamp } from "../apiserver/storage.ts";
import {
  clientSigner,
  conditionsOf,
  hasCertificate,
  hasCondition,
  kubeletClientFlaw,
  kubeletClientSigner,
  kubeletServingFlaw,
  kubeletServingSigner,
  requestPem,
} from "./certificate-requests.ts";
import { type Controller, type ControllerContext, reconciler } from "./reconciler.ts";

export interface SigningOptions {
  readonly ca: CertificateAuthority;
  /** --cluster-signing-duration */
  readonly durationSeconds: number;
}

type Flaw = (csr: StoredObject, request: CertificateRequestContent) => string | undefined;

const flawsOf: Readonly<Record<string, Flaw>> = {
  [kubeletClientSigner]: kubeletClientFlaw,
  [kubeletServingSigner]: kubeletServingFlaw,
  [clientSigner]: (csr) => {
    const allowed = ["digital signature", "key encipherment", "client auth"];
    const usages = stringsAt(csr, "spec", "usages");
    const isFit = usages.includes("client auth") && usages.every((usage) => allowed.includes(usage));
    return isFit
      ? undefined
      : `usages did not match [${["client auth", "digital signature", "key encipherment"].join(" ")}]`;
  },
};

/** Signs approved requests of the built-in signers; one that does not fit its signer gets a Failed condition. */
export function csrSigning(context: ControllerContext, options: SigningOptions): Controller {
  const { storage } = context;
  return reconciler(context, {
    name: "csrsigning",
    watches: [resources.certificateSigningRequests],
    keysOf: ({ current }) => (current === undefined ? [] : [current.metadata.name]),
    initialKeys: () => storage.list(resources.certificateSigningRequests).map(({ metadata }) => metadata.name),
    reconcile: async (name) => {
      const csr = storage.get(resources.certificateSigningRequests, { name });
      if (csr === undefined || !isWaiting(csr)) return undefined;
      const flawOf = ownValue(flawsOf, stringAt(csr, "spec", "signerName") ?? "");
      if (flawOf === undefined) return undefined;
      const request = await parseCertificateRequest(requestPem(csr));
      const flaw = flawOf(csr, request);
      if (flaw === undefined) setCertificate(context, csr, await sign(csr, request, options, context.clock.now()));
      else setFailed(context, csr, flaw);
      return undefined;
    },
  });
}

function isWaiting(csr: StoredObject): boolean {
  return (
    hasCondition(csr, "Approved") &&
    !hasCondition(csr, "Denied") &&
    !hasCondition(csr, "Failed") &&
    !hasCertificate(csr)
  );
}

const backdateMs = 5 * 60 * 1000;
const shortMs = 8 * 60 * 60 * 1000;
const leastSeconds = 600;

async function sign(
  csr: StoredObject,
  request: CertificateRequestContent,
  { ca, durationSeconds }: SigningOptions,
  now: Date,
): Promise<string> {
  const usages = stringsAt(csr, "spec", "usages");
  const caNotAfter = ca.certificate.validToDate.getTime();
  if (caNotAfter < now.getTime()) throw new Error(`the signer has expired: NotAfter=${ca.certificate.validTo}`);
  return issueCertificate({
    ca,
    subject: request.subject,
    publicKey: request.publicKey,
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(Math.min(notAfter(csr, durationSeconds, now), caNotAfter)),
    keyUsages: usages.filter(
      (usage): usage is KeyUsage => usage === "digital signature" || usage === "key encipherment",
    ),
    extendedKeyUsages: usages.filter(
      (usage): usage is ExtendedKeyUsage => usage === "client auth" || usage === "server auth",
    ),
    dnsNames: request.dnsNames,
    ipAddresses: request.ipAddresses,
  });
}

/** The backdating is part of long lifetimes, but does not shorten those below eight hours. */
function notAfter(csr: StoredObject, durationSeconds: number, now: Date): number {
  const wanted = numberAt(csr, "spec", "expirationSeconds") ?? durationSeconds;
  const ms = Math.min(Math.max(wanted, leastSeconds), durationSeconds) * 1000;
  return now.getTime() + ms - (ms < shortMs ? 0 : backdateMs);
}

function setCertificate(context: ControllerContext, csr: StoredObject, certificatePem: string): void {
  update(context, csr, { certificate: Buffer.from(certificatePem).toString("base64") });
}

function setFailed(context: ControllerContext, csr: StoredObject, message: string): void {
  const time = timestamp(context.clock.now());
  const condition = {
    type: "Failed",
    status: "True",
    reason: "SignerValidationFailure",
    message,
    lastUpdateTime: time,
    lastTransitionTime: time,
  };
  update(context, csr, { conditions: [...conditionsOf(csr), condition] });
}

function update({ storage }: ControllerContext, csr: StoredObject, status: Readonly<Record<string, unknown>>): void {
  const { name, resourceVersion } = csr.metadata;
  storage.update(resources.certificateSigningRequests, { name }, { resourceVersion }, (current) => ({
    ...current,
    status: { ...fieldsAt(current, "status"), ...status },
  }));
}
