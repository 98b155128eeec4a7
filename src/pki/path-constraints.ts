import type { X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/asn1-x509";
import { Asn1Error, readAsn1 } from "./asn1.ts";
import { type NameConstraints, readNameConstraints } from "./name-constraints.ts";
import { parsedCertificate } from "./parsed-certificate.ts";

/** The chains that a certificate allows itself to be part of (RFC 5280, 4.2.1). */
export interface PathConstraints {
  /** Undefined without the extension: every use is allowed. */
  readonly mayCertSign: boolean | undefined;
  /** How many CAs may be between this one and the leaf; undefined for any number. */
  readonly pathLength: number | undefined;
  /** Object identifiers; undefined without the extension: every usage is allowed. */
  readonly extendedKeyUsages: readonly string[] | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** Critical extensions that this program does not know: the certificate must not be used then. */
  readonly unknownCritical: readonly string[];
  /** Object identifier. */
  readonly signatureAlgorithm: string;
}

/**
 * Extensions that are checked, here or by the code that compares names. Policies count as checked: none is required,
 * and without policyConstraints, which is not in this list, a chain need not have any (RFC 5280, 6.1.2).
 */
const processed: ReadonlySet<string> = new Set([
  x509.id_ce_keyUsage,
  x509.id_ce_basicConstraints,
  x509.id_ce_extKeyUsage,
  x509.id_ce_nameConstraints,
  x509.id_ce_subjectAltName,
  x509.id_ce_subjectKeyIdentifier,
  x509.id_ce_authorityKeyIdentifier,
  x509.id_ce_certificatePolicies,
  x509.id_ce_policyMappings,
  x509.id_ce_inhibitAnyPolicy,
]);

/** Throws Asn1Error if one of the extensions is malformed. */
export function pathConstraints(certificate: X509Certificate): PathConstraints {
  const { extensions, signatureAlgorithm } = parsedCertificate(certificate);
  const read = <T>(identifier: string, reader: (value: Uint8Array) => T): T | undefined => {
    const extension = extensions.get(identifier);
    return extension === undefined ? undefined : reader(extension.value);
  };
  return {
    mayCertSign: read(
      x509.id_ce_keyUsage,
      (value) => (readAsn1(value, x509.KeyUsage).toNumber() & x509.KeyUsageFlags.keyCertSign) !== 0,
    ),
    pathLength: read(x509.id_ce_basicConstraints, pathLength),
    extendedKeyUsages: read(x509.id_ce_extKeyUsage, (value) => [...readAsn1(value, x509.ExtendedKeyUsage)]),
    nameConstraints: read(x509.id_ce_nameConstraints, readNameConstraints),
    unknownCritical: [...extensions].flatMap(([identifier, { isCritical }]) =>
      isCritical && !processed.has(identifier) ? [identifier] : [],
    ),
    signatureAlgorithm,
  };
}

/** Reports whether the key usages allow the key to sign certificates; malformed ones do not restrict it. */
export function maySignCertificates(certificate: X509Certificate): boolean {
  try {
    return pathConstraints(certificate).mayCertSign !== false;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

/** Reports whether a CA restricts what it may sign: usages, names, or in a way that is not known. */
export function limitsWhatItSigns(certificate: X509Certificate): boolean {
  const { extendedKeyUsages, nameConstraints, unknownCritical } = pathConstraints(certificate);
  return extendedKeyUsages !== undefined || nameConstraints !== undefined || unknownCritical.length > 0;
}

function pathLength(value: Uint8Array): number | undefined {
  const { pathLenConstraint } = readAsn1(value, x509.BasicConstraints);
  // The library returns numbers of four or more bytes as text.
  return pathLenConstraint === undefined ? undefined : Number(pathLenConstraint);
}
