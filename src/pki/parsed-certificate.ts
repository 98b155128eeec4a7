import type { X509Certificate } from "node:crypto";
import { Asn1Error, readAsn1 } from "./asn1.ts";
import { Certificate, type TbsCertificate } from "./certificate-schema.ts";

export interface ParsedExtension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

export interface ParsedCertificate {
  readonly tbs: TbsCertificate;
  /** Object identifier. */
  readonly signatureAlgorithm: string;
  /** By object identifier. */
  readonly extensions: ReadonlyMap<string, ParsedExtension>;
}

const parsed = new WeakMap<X509Certificate, ParsedCertificate>();

/** The content of a certificate; read once for each. Throws Asn1Error if it is malformed. */
export function parsedCertificate(certificate: X509Certificate): ParsedCertificate {
  const known = parsed.get(certificate);
  if (known !== undefined) return known;
  const { tbsCertificate: tbs, signatureAlgorithm } = readAsn1(new Uint8Array(certificate.raw), Certificate);
  const extensions = new Map<string, ParsedExtension>();
  for (const { extnID, critical, extnValue } of tbs.extensions ?? []) {
    // RFC 5280, 4.2: of two different extensions, one reader might use the first and another the last.
    if (extensions.has(extnID)) throw new Asn1Error(`the certificate has the extension ${extnID} twice`);
    extensions.set(extnID, { isCritical: critical, value: new Uint8Array(extnValue.buffer) });
  }
  const read = { tbs, signatureAlgorithm: signatureAlgorithm.algorithm, extensions };
  parsed.set(certificate, read);
  return read;
}
