import type { X509Certificate } from "node:crypto";
import type { EventTypes } from "../../events/event.ts";
import type { Events } from "../../events/events.ts";

type Validity = EventTypes["certificate.validity"];

/** Reports the validity of a certificate. */
export function emitValidity(
  { subject, validFrom, validTo }: X509Certificate,
  place: Pick<Validity, "path" | "origin">,
  events: Events,
): void {
  const commonName = /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
  const period = { notBefore: new Date(validFrom), notAfter: new Date(validTo) };
  tellValidityOf({ ...place, subject: commonName, ...period }, events);
}

/** Reports the validity of a certificate that was signed here, without reading it again. */
export function tellValidityOf(
  {
    notBefore,
    notAfter,
    ...facts
  }: Omit<Validity, "notBefore" | "notAfter"> & { readonly notBefore: Date; readonly notAfter: Date },
  events: Events,
): void {
  events.emit("certificate.validity", { ...facts, notBefore: inSeconds(notBefore), notAfter: inSeconds(notAfter) });
}

/** Certificates have no fractions of a second. */
function inSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
