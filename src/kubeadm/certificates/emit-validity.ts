import type { X509Certificate } from "node:crypto";
import type { EventTypes } from "../../events/event.ts";
import type { Events } from "../../events/events.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { rfc3339 } from "../../pki/verify-chain.ts";

type Validity = EventTypes["certificate.validity"];

/** Reports the validity of a certificate. */
export function emitValidity(
  certificate: X509Certificate,
  place: Pick<Validity, "path" | "origin">,
  events: Events,
): void {
  const { subject } = certificate;
  const { notBefore, notAfter } = certificateContent(certificate);
  const commonName = /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
  emitValidityOf({ ...place, subject: commonName, notBefore, notAfter }, events);
}

/** Reports the validity of a certificate that was signed here, without reading it again. */
export function emitValidityOf(
  {
    notBefore,
    notAfter,
    ...facts
  }: Omit<Validity, "notBefore" | "notAfter"> & { readonly notBefore: Date; readonly notAfter: Date },
  events: Events,
): void {
  events.emit("certificate.validity", { ...facts, notBefore: rfc3339(notBefore), notAfter: rfc3339(notAfter) });
}
