import type { X509Certificate } from "node:crypto";
import {
  type ExtendedKeyUsage,
  extendedKeyUsageOid,
  extensionOid,
  readGeneralNames,
} from "./certificate-extensions.ts";
import { type DerElement, DerError, derTag, readDer, readObjectIdentifier, readTime } from "./der.ts";
import { type CertificateSubject, readName } from "./distinguished-name.ts";

/** What stands in a certificate, read from its bytes: the same under every runtime. */
export interface CertificateContent {
  readonly subject: Required<CertificateSubject>;
  /** The issuer and subject as they are encoded: chains are built by comparing these. */
  readonly issuerName: Uint8Array;
  readonly subjectName: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isAuthority: boolean;
  readonly dnsNames: readonly string[];
  /** Canonical text. */
  readonly ipAddresses: readonly string[];
  /** Those this program knows. */
  readonly extendedKeyUsages: readonly ExtendedKeyUsage[];
  readonly subjectKeyIdentifier?: Uint8Array;
}

const noNames = { dnsNames: [], ipAddresses: [] };

/** Throws DerError where the certificate is malformed. */
export function certificateContent(certificate: X509Certificate): CertificateContent {
  const [whole] = readDer(new Uint8Array(certificate.raw));
  const [tbs] = readDer(present(whole).content);
  const fields = readDer(present(tbs).content);
  // TBSCertificate, RFC 5280, 4.1: version [0], serial, algorithm, issuer, validity, subject, key, extensions [3].
  const first = fields[0]?.tag === derTag.context0 ? 1 : 0;
  const [issuer, validity, subject] = fields.slice(first + 2);
  const [notBefore, notAfter] = readDer(present(validity).content);
  const extensions = readExtensions(fields.find(({ tag }) => tag === derTag.context3));
  const [constraints] = extensionValue(extensions, extensionOid.basicConstraints);
  const names = extensions.get(extensionOid.subjectAlternativeName);
  const [usages] = extensionValue(extensions, extensionOid.extendedKeyUsage);
  const [identifier] = extensionValue(extensions, extensionOid.subjectKeyIdentifier);
  const { dnsNames, ipAddresses } = names === undefined ? noNames : readGeneralNames(names);
  return {
    subject: readName(present(subject)),
    issuerName: present(issuer).whole,
    subjectName: present(subject).whole,
    notBefore: readTime(present(notBefore)),
    notAfter: readTime(present(notAfter)),
    isAuthority: constraints !== undefined && isTrue(readDer(constraints.content)[0]),
    dnsNames,
    ipAddresses,
    extendedKeyUsages: usages === undefined ? [] : readUsages(usages),
    ...(identifier === undefined ? {} : { subjectKeyIdentifier: identifier.content }),
  };
}

function present(element: DerElement | undefined): DerElement {
  if (element === undefined) throw new DerError("the certificate ends early");
  return element;
}

function readExtensions(field: DerElement | undefined): ReadonlyMap<string, Uint8Array> {
  const [list] = field === undefined ? [] : readDer(field.content);
  const extensions = list === undefined ? [] : readDer(list.content);
  return new Map(
    extensions.map((each) => {
      const parts = readDer(each.content);
      return [readObjectIdentifier(present(parts[0]).content), present(parts.at(-1)).content] as const;
    }),
  );
}

function extensionValue(extensions: ReadonlyMap<string, Uint8Array>, identifier: string): readonly DerElement[] {
  const value = extensions.get(identifier);
  return value === undefined ? [] : readDer(value);
}

function isTrue(element: DerElement | undefined): boolean {
  return element?.tag === derTag.boolean && element.content[0] !== 0;
}

function readUsages(list: DerElement): readonly ExtendedKeyUsage[] {
  const known = Object.entries(extendedKeyUsageOid) as [ExtendedKeyUsage, string][];
  const identifiers = readDer(list.content).map(({ content }) => readObjectIdentifier(content));
  return identifiers.flatMap((each) => known.filter(([, identifier]) => identifier === each).map(([usage]) => usage));
}
