// Certificate chains, good and bad, built from the parts that each case names; openssl and servers receive the same
// ones.
import { createPublicKey, generateKeyPairSync, type KeyObject, randomInt, X509Certificate } from "node:crypto";
import { OctetString } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";
import { Integer } from "asn1js";
import { defined } from "../values/defined.ts";
import { writeAsn1 } from "./asn1.ts";
import {
  authorityKeyIdentifierExtension,
  subjectKeyIdentifier,
  subjectKeyIdentifierExtension,
} from "./certificate-extensions.ts";
import { TbsCertificate } from "./certificate-schema.ts";
import { type CertificateSubject, nameOf } from "./distinguished-name.ts";
import { privateKeyPem } from "./keys.ts";
import { toPem } from "./pem.ts";
import { signatureAlgorithm, writeSigned } from "./signature.ts";

/** Base of a name constraint or an alternative name: { dNSName: "example.com" }. */
type NameBase = Partial<x509.GeneralName>;

export interface CertificateDescription {
  readonly subject?: CertificateSubject;
  /** Undefined: no basicConstraints at all. */
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  /** Bits of x509.KeyUsageFlags; undefined: no extension. */
  readonly keyUsage?: number;
  readonly extendedKeyUsages?: readonly string[];
  readonly permitted?: readonly NameBase[];
  readonly excluded?: readonly NameBase[];
  readonly names?: readonly NameBase[];
  /** Object identifiers of unknown extensions. */
  readonly unknown?: readonly { readonly identifier: string; readonly isCritical: boolean }[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** More extensions, unchanged. */
  readonly more?: readonly x509.Extension[];
}

export interface MadeCertificate {
  readonly certificate: X509Certificate;
  readonly pem: string;
  readonly privateKey: KeyObject;
  readonly privateKeyPem: string;
  readonly subjectName: Uint8Array;
  readonly keyIdentifier: Uint8Array;
}

const dayMs = 24 * 3_600_000;
const { digitalSignature, keyEncipherment, keyCertSign, cRLSign } = x509.KeyUsageFlags;

/** An ordinary CA. */
export const authority: CertificateDescription = {
  isAuthority: true,
  keyUsage: digitalSignature | keyCertSign | cRLSign,
};

/** An ordinary server certificate. */
export const server: CertificateDescription = {
  isAuthority: false,
  keyUsage: digitalSignature | keyEncipherment,
  extendedKeyUsages: [x509.id_kp_serverAuth],
  names: [{ dNSName: "api.example.com" }, { iPAddress: "127.0.0.1" }],
};

/** Returns a certificate signed by `issuer`, or self-signed without one. `key`: an existing key. */
export function madeCertificate(
  description: CertificateDescription,
  { issuer, key, signer }: { issuer?: MadeCertificate; key?: KeyObject; signer?: KeyObject } = {},
): MadeCertificate {
  const privateKey = key ?? generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const signingKey = signer ?? issuer?.privateKey ?? privateKey;
  const subjectName = writeAsn1(nameOf(description.subject ?? { commonName: "someone" }));
  const tbs = new TbsCertificate();
  tbs.version = x509.Version.v3;
  tbs.serialNumber = new Uint8Array(new Integer({ value: randomInt(1, 2 ** 30) }).toBER());
  tbs.signature = signatureAlgorithm(signingKey).identifier;
  tbs.issuer = issuer?.subjectName ?? subjectName;
  tbs.validity = new x509.Validity({
    notBefore: description.notBefore ?? new Date(Date.now() - dayMs),
    notAfter: description.notAfter ?? new Date(Date.now() + 30 * dayMs),
  });
  tbs.subject = subjectName;
  tbs.subjectPublicKeyInfo = publicKey;
  const ownKey = subjectKeyIdentifier(publicKey);
  tbs.extensions = new x509.Extensions([
    ...extensionsOf(description),
    subjectKeyIdentifierExtension(ownKey),
    authorityKeyIdentifierExtension(issuer?.keyIdentifier ?? ownKey),
  ]);
  const pem = toPem("CERTIFICATE", writeSigned(tbs, signingKey));
  return {
    certificate: new X509Certificate(pem),
    pem,
    privateKey,
    privateKeyPem: privateKeyPem(privateKey),
    subjectName,
    keyIdentifier: ownKey,
  };
}

function extensionsOf(description: CertificateDescription): x509.Extension[] {
  const { isAuthority, pathLength, keyUsage, extendedKeyUsages, permitted, excluded, names } = description;
  const extensions: x509.Extension[] = [];
  const add = (extnID: string, critical: boolean, value: object) => {
    extensions.push(new x509.Extension({ extnID, critical, extnValue: new OctetString(writeAsn1(value)) }));
  };
  if (isAuthority !== undefined) {
    const limit = defined({ pathLenConstraint: pathLength });
    add(x509.id_ce_basicConstraints, true, new x509.BasicConstraints({ cA: isAuthority, ...limit }));
  }
  if (keyUsage !== undefined) add(x509.id_ce_keyUsage, true, new x509.KeyUsage(keyUsage));
  if (extendedKeyUsages !== undefined) {
    add(x509.id_ce_extKeyUsage, false, new x509.ExtendedKeyUsage([...extendedKeyUsages]));
  }
  if (permitted !== undefined || excluded !== undefined) {
    const subtrees = (bases: readonly NameBase[]) =>
      new x509.GeneralSubtrees(bases.map((base) => new x509.GeneralSubtree({ base: new x509.GeneralName(base) })));
    add(
      x509.id_ce_nameConstraints,
      true,
      new x509.NameConstraints({
        ...(permitted === undefined ? {} : { permittedSubtrees: subtrees(permitted) }),
        ...(excluded === undefined ? {} : { excludedSubtrees: subtrees(excluded) }),
      }),
    );
  }
  if (names !== undefined) {
    add(
      x509.id_ce_subjectAltName,
      false,
      new x509.SubjectAlternativeName(names.map((name) => new x509.GeneralName(name))),
    );
  }
  for (const { identifier, isCritical } of description.unknown ?? []) {
    add(identifier, isCritical, new OctetString(Uint8Array.of(1)));
  }
  return [...extensions, ...(description.more ?? [])];
}

export interface ChainCase {
  readonly name: string;
  readonly root?: CertificateDescription;
  /** From the root down; each is signed by the previous one. */
  readonly intermediates?: readonly CertificateDescription[];
  readonly leaf?: CertificateDescription;
  /** Part of the refusal's message; undefined if the chain is good. */
  readonly refusal?: string;
  /** Why openssl accepts what is refused here, if it does. */
  readonly openssl?: "takes it";
}

export interface MadeChain {
  readonly root: MadeCertificate;
  readonly intermediates: readonly MadeCertificate[];
  readonly leaf: MadeCertificate;
}

export function madeChain({ root = authority, intermediates = [], leaf = server }: ChainCase): MadeChain {
  const top = madeCertificate({ subject: { commonName: "root" }, ...root });
  const made: MadeCertificate[] = [];
  for (const [index, each] of intermediates.entries()) {
    made.push(madeCertificate({ subject: { commonName: `ca ${index}` }, ...each }, { issuer: made.at(-1) ?? top }));
  }
  return { root: top, intermediates: made, leaf: madeCertificate(leaf, { issuer: made.at(-1) ?? top }) };
}

const past = { notBefore: new Date(Date.now() - 9 * dayMs), notAfter: new Date(Date.now() - 2 * dayMs) };
const future = { notBefore: new Date(Date.now() + 9 * dayMs), notAfter: new Date(Date.now() + 20 * dayMs) };
const notAuthority = "is not authorized to sign other certificates";
const wrongName = "not authorized to sign for this name";
const wrongUsage = "incompatible key usage";
const named = (...names: readonly NameBase[]): CertificateDescription => ({ ...server, names });
const limited = (constraints: Pick<CertificateDescription, "permitted" | "excluded">): CertificateDescription => ({
  ...authority,
  ...constraints,
});
const directory = (commonName: string, organization: string) => nameOf({ commonName, organizations: [organization] });

/** Verified for "server auth"; openssl with `-purpose sslserver`. */
export const chainCases: readonly ChainCase[] = [
  { name: "a leaf under its root" },
  { name: "a leaf under an intermediate", intermediates: [authority] },
  { name: "a leaf under three intermediates", intermediates: [authority, authority, authority] },
  { name: "a leaf without any usage extension", leaf: { names: server.names ?? [] } },
  { name: "an intermediate without key usages", intermediates: [{ isAuthority: true }] },
  { name: "a root that may not sign certificates", root: { ...authority, keyUsage: cRLSign }, refusal: notAuthority },
  {
    name: "an intermediate that may not sign certificates",
    intermediates: [{ ...authority, keyUsage: digitalSignature }],
    refusal: notAuthority,
  },
  { name: "a root that is no CA", root: { ...authority, isAuthority: false }, refusal: notAuthority },
  {
    name: "an intermediate that is no CA",
    intermediates: [{ ...authority, isAuthority: false }],
    refusal: notAuthority,
  },
  {
    name: "an intermediate without basic constraints",
    intermediates: [{ extendedKeyUsages: [x509.id_kp_serverAuth] }],
    refusal: notAuthority,
  },
  {
    name: "an intermediate that may sign but does not say that it is a CA",
    intermediates: [{ keyUsage: keyCertSign }],
    refusal: notAuthority,
  },
  { name: "a server's certificate as the CA of another", intermediates: [server], refusal: notAuthority },
  { name: "a path length of zero with nothing between", root: { ...authority, pathLength: 0 } },
  {
    name: "a path length of zero with one CA between",
    root: { ...authority, pathLength: 0 },
    intermediates: [authority],
    refusal: "path length",
  },
  {
    name: "a path length of one with one CA between",
    root: { ...authority, pathLength: 1 },
    intermediates: [authority],
  },
  {
    name: "a path length of zero in an intermediate with another below",
    intermediates: [{ ...authority, pathLength: 0 }, authority],
    refusal: "path length",
  },
  {
    name: "a CA between that has its own name for issuer, which path lengths do not count",
    root: { ...authority, pathLength: 0 },
    intermediates: [{ ...authority, subject: { commonName: "root" } }],
  },
  {
    name: "a CA for servers' certificates",
    intermediates: [{ ...authority, extendedKeyUsages: [x509.id_kp_serverAuth] }],
  },
  {
    name: "a CA for clients' certificates only",
    intermediates: [{ ...authority, extendedKeyUsages: [x509.id_kp_clientAuth] }],
    refusal: wrongUsage,
  },
  {
    name: "a root for clients' certificates only",
    root: { ...authority, extendedKeyUsages: [x509.id_kp_clientAuth] },
    refusal: wrongUsage,
  },
  {
    name: "a client's certificate as a server's",
    leaf: { ...server, extendedKeyUsages: [x509.id_kp_clientAuth] },
    refusal: wrongUsage,
  },
  {
    name: "a certificate for code signing as a server's",
    leaf: { ...server, extendedKeyUsages: [x509.id_kp_codeSigning] },
    refusal: wrongUsage,
  },
  { name: "an expired leaf", leaf: { ...server, ...past }, refusal: "has expired or is not yet valid" },
  { name: "an expired intermediate", intermediates: [{ ...authority, ...past }], refusal: "has expired" },
  { name: "an expired root", root: { ...authority, ...past }, refusal: "has expired" },
  { name: "a leaf of tomorrow", leaf: { ...server, ...future }, refusal: "is not yet valid" },
  { name: "an intermediate of tomorrow", intermediates: [{ ...authority, ...future }], refusal: "is not yet valid" },
  {
    name: "an unknown extension that is not critical",
    leaf: { ...server, unknown: [{ identifier: "1.3.6.1.4.1.99999.1", isCritical: false }] },
  },
  {
    name: "an unknown critical extension in the leaf",
    leaf: { ...server, unknown: [{ identifier: "1.3.6.1.4.1.99999.1", isCritical: true }] },
    refusal: "unhandled critical extension",
  },
  {
    name: "an unknown critical extension in an intermediate",
    intermediates: [{ ...authority, unknown: [{ identifier: "1.3.6.1.4.1.99999.1", isCritical: true }] }],
    refusal: "unhandled critical extension",
  },
  {
    name: "an unknown critical extension in the root",
    root: { ...authority, unknown: [{ identifier: "1.3.6.1.4.1.99999.1", isCritical: true }] },
    refusal: "unhandled critical extension",
  },
  {
    name: "a permitted domain",
    root: limited({ permitted: [{ dNSName: "example.com" }, { iPAddress: "127.0.0.0/8" }] }),
  },
  {
    name: "a domain that is not permitted",
    root: limited({ permitted: [{ dNSName: "example.org" }] }),
    refusal: wrongName,
  },
  {
    name: "a domain that only ends like the permitted one",
    root: limited({ permitted: [{ dNSName: "example.com" }] }),
    leaf: named({ dNSName: "evil-example.com" }),
    refusal: wrongName,
  },
  {
    name: "the domain itself where only what is below is permitted",
    root: limited({ permitted: [{ dNSName: ".example.com" }] }),
    leaf: named({ dNSName: "example.com" }),
    refusal: wrongName,
  },
  { name: "an excluded domain", root: limited({ excluded: [{ dNSName: "example.com" }] }), refusal: wrongName },
  {
    name: "an excluded domain in other letters",
    root: limited({ excluded: [{ dNSName: "EXAMPLE.com" }] }),
    leaf: named({ dNSName: "api.Example.Com" }),
    refusal: wrongName,
  },
  {
    name: "a wildcard that takes in an excluded host",
    root: limited({ excluded: [{ dNSName: "api.example.com" }] }),
    leaf: named({ dNSName: "*.example.com" }),
    refusal: wrongName,
    openssl: "takes it",
  },
  {
    name: "one good and one bad name",
    root: limited({ permitted: [{ dNSName: "example.com" }] }),
    leaf: named({ dNSName: "api.example.com" }, { dNSName: "api.example.org" }),
    refusal: wrongName,
  },
  {
    name: "an excluded network",
    root: limited({ excluded: [{ iPAddress: "127.0.0.0/8" }] }),
    refusal: wrongName,
  },
  {
    name: "a network that is not permitted",
    root: limited({ permitted: [{ iPAddress: "10.0.0.0/8" }] }),
    refusal: wrongName,
  },
  {
    name: "an IPv6 address where an IPv4 network is permitted",
    root: limited({ permitted: [{ iPAddress: "10.0.0.0/8" }] }),
    leaf: named({ iPAddress: "fd00::1" }),
    refusal: wrongName,
  },
  {
    name: "constraints of an intermediate that the root does not have",
    intermediates: [limited({ permitted: [{ dNSName: "example.org" }] })],
    refusal: wrongName,
  },
  {
    name: "constraints of the root, two CAs above",
    root: limited({ excluded: [{ dNSName: "example.com" }] }),
    intermediates: [authority, authority],
    refusal: wrongName,
  },
  {
    name: "a common name that is a host outside of the permitted domain, without other names",
    root: limited({ permitted: [{ dNSName: "example.com" }] }),
    leaf: { isAuthority: false, subject: { commonName: "api.example.org" } },
    refusal: wrongName,
  },
  {
    name: "a mailbox outside of the permitted host",
    root: limited({ permitted: [{ rfc822Name: "example.com" }] }),
    leaf: named({ rfc822Name: "root@example.org" }),
    refusal: wrongName,
  },
  {
    name: "a URI of an excluded host",
    root: limited({ excluded: [{ uniformResourceIdentifier: "example.com" }] }),
    leaf: named({ uniformResourceIdentifier: "spiffe://example.com/x" }),
    refusal: wrongName,
  },
  {
    name: "a subject below the permitted directory name",
    root: limited({ permitted: [{ directoryName: nameOf({ commonName: "", organizations: ["good"] }) }] }),
    leaf: { ...server, subject: { commonName: "x", organizations: ["good"] } },
  },
  {
    name: "a subject outside of the permitted directory name",
    root: limited({ permitted: [{ directoryName: nameOf({ commonName: "", organizations: ["good"] }) }] }),
    leaf: { ...server, subject: { commonName: "x", organizations: ["bad"] } },
    refusal: wrongName,
  },
  {
    name: "an excluded subject",
    root: limited({ excluded: [{ directoryName: directory("x", "bad") }] }),
    leaf: { ...server, subject: { commonName: "x", organizations: ["bad"] } },
    refusal: wrongName,
  },
];
