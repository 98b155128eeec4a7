import type { X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/asn1-x509";
import { Asn1Error, readAsn1 } from "./asn1.ts";
import {
  type ExtendedKeyUsage,
  extendedKeyUsageOid,
  type GeneralNames,
  noGeneralNames,
  readGeneralNames,
} from "./certificate-extensions.ts";
import { type CertificateSubject, readName } from "./distinguished-name.ts";
import { parsedCertificate } from "./parsed-certificate.ts";

/** The content of a certificate, read from its bytes: the same with every runtime. */
export interface CertificateContent extends GeneralNames {
  readonly subject: Required<CertificateSubject>;
  /** The encoded issuer and subject: chains are built by comparing these. */
  readonly issuerName: Uint8Array;
  readonly subjectName: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isAuthority: boolean;
  /** The usages that this program knows. */
  readonly extendedKeyUsages: readonly ExtendedKeyUsage[];
  readonly subjectKeyIdentifier?: Uint8Array;
}

const contents = new WeakMap<X509Certificate, CertificateContent>();

/** Read once for each certificate. Throws Asn1Error if it is malformed. */
export function certificateContent(certificate: X509Certificate): CertificateContent {
  const known = contents.get(certificate);
  if (known !== undefined) return known;
  const content = readContent(certificate);
  contents.set(certificate, content);
  return content;
}

function readContent(certificate: X509Certificate): CertificateContent {
  const { tbs, extensions } = parsedCertificate(certificate);
  const extensionValue = (identifier: string) => extensions.get(identifier)?.value;
  const constraints = extensionValue(x509.id_ce_basicConstraints);
  const names = extensionValue(x509.id_ce_subjectAltName);
  const usages = extensionValue(x509.id_ce_extKeyUsage);
  const identifier = extensionValue(x509.id_ce_subjectKeyIdentifier);
  return {
    subject: readName(tbs.subject),
    issuerName: tbs.issuer,
    subjectName: tbs.subject,
    notBefore: timeOf(tbs.validity.notBefore),
    notAfter: timeOf(tbs.validity.notAfter),
    isAuthority: constraints !== undefined && readAsn1(constraints, x509.BasicConstraints).cA,
    extendedKeyUsages: usages === undefined ? [] : knownUsages(usages),
    ...(names === undefined ? noGeneralNames : readGeneralNames(names)),
    ...(identifier === undefined
      ? {}
      : { subjectKeyIdentifier: new Uint8Array(readAsn1(identifier, x509.SubjectKeyIdentifier).buffer) }),
  };
}

/** A date that there is not is before and after no other one: a certificate with it would always be valid. */
function timeOf(time: x509.Time): Date {
  const date = time.getTime();
  if (Number.isNaN(date.getTime())) throw new Asn1Error("the validity has a time that there is not");
  return date;
}

function knownUsages(value: Uint8Array): readonly ExtendedKeyUsage[] {
  const known = Object.entries(extendedKeyUsageOid) as [ExtendedKeyUsage, string][];
  return [...readAsn1(value, x509.ExtendedKeyUsage)].flatMap((each) =>
    known.filter(([, identifier]) => identifier === each).map(([usage]) => usage),
  );
}
