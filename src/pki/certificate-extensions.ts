import { createHash } from "node:crypto";
import { OctetString } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";
import { formatIp, parseIp } from "../addresses/ip-address.ts";
import { Asn1Error, readAsn1, taggedElements, writeAsn1 } from "./asn1.ts";

export type ExtendedKeyUsage = "server auth" | "client auth";
export type KeyUsage = "digital signature" | "key encipherment" | "certificate signing";

export interface AlternativeNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** RFC 5280, 4.2.1.12 */
export const extendedKeyUsageOid: Record<ExtendedKeyUsage, string> = {
  "server auth": x509.id_kp_serverAuth,
  "client auth": x509.id_kp_clientAuth,
};

const keyUsageFlag: Record<KeyUsage, number> = {
  "digital signature": x509.KeyUsageFlags.digitalSignature,
  "key encipherment": x509.KeyUsageFlags.keyEncipherment,
  "certificate signing": x509.KeyUsageFlags.keyCertSign,
};

export function keyUsageExtension(usages: readonly KeyUsage[]): x509.Extension {
  const flags = usages.reduce((sum, usage) => sum | keyUsageFlag[usage], 0);
  return extension(x509.id_ce_keyUsage, new x509.KeyUsage(flags), { critical: true });
}

export function extendedKeyUsageExtension(usages: readonly ExtendedKeyUsage[]): x509.Extension {
  const value = new x509.ExtendedKeyUsage(usages.map((usage) => extendedKeyUsageOid[usage]));
  return extension(x509.id_ce_extKeyUsage, value);
}

export function basicConstraintsExtension({ isAuthority }: { readonly isAuthority: boolean }): x509.Extension {
  return extension(x509.id_ce_basicConstraints, new x509.BasicConstraints({ cA: isAuthority }), { critical: true });
}

export function subjectKeyIdentifierExtension(identifier: Uint8Array): x509.Extension {
  return extension(x509.id_ce_subjectKeyIdentifier, new x509.SubjectKeyIdentifier(Uint8Array.from(identifier)));
}

export function authorityKeyIdentifierExtension(identifier: Uint8Array): x509.Extension {
  const keyIdentifier = new x509.KeyIdentifier(Uint8Array.from(identifier));
  return extension(x509.id_ce_authorityKeyIdentifier, new x509.AuthorityKeyIdentifier({ keyIdentifier }));
}

/** Undefined without names. Throws TypeError for an invalid address. */
export function alternativeNamesExtension({
  dnsNames = [],
  ipAddresses = [],
}: AlternativeNames): x509.Extension | undefined {
  if (dnsNames.length === 0 && ipAddresses.length === 0) return undefined;
  const names = [
    ...dnsNames.map((dNSName) => new x509.GeneralName({ dNSName })),
    ...ipAddresses.map((address) => new x509.GeneralName({ iPAddress: inFull(address) })),
  ];
  return extension(x509.id_ce_subjectAltName, new x509.SubjectAlternativeName(names));
}

/** Without the short forms of IPv6, since the library does not support all of them. */
function inFull(address: string): string {
  const ip = parseIp(address);
  if (ip === undefined) throw new TypeError(`${address} is no IP address`);
  if (ip.family === "IPv4") return ip.bytes.join(".");
  const hex = Buffer.from(ip.bytes).toString("hex");
  return (hex.match(/.{4}/g) ?? []).join(":");
}

export interface GeneralNames {
  readonly dnsNames: readonly string[];
  /** Canonical text. */
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly directoryNames: readonly x509.Name[];
}

export const noGeneralNames: GeneralNames = {
  dnsNames: [],
  ipAddresses: [],
  emailAddresses: [],
  uris: [],
  directoryNames: [],
};

/** Context-specific tags of GeneralName (RFC 5280, 4.2.1.6). */
export const generalNameTag = { email: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const;

/** Returns the names in the value of a SubjectAltName extension; kinds that Kubernetes does not use are skipped. */
export function readGeneralNames(value: Uint8Array): GeneralNames {
  const elements = taggedElements(value);
  const contentsOf = (wanted: number) => elements.filter(({ tag }) => tag === wanted).map(({ content }) => content);
  const textsOf = (wanted: number) => contentsOf(wanted).map((content) => new TextDecoder().decode(content));
  return {
    dnsNames: textsOf(generalNameTag.dns),
    ipAddresses: contentsOf(generalNameTag.ip).map(addressText),
    emailAddresses: textsOf(generalNameTag.email),
    uris: textsOf(generalNameTag.uri),
    directoryNames: elements.filter(({ tag }) => tag === generalNameTag.directory).map(({ inner }) => inner(x509.Name)),
  };
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length !== 4 && bytes.length !== 16) throw new Asn1Error("an IP address of neither 4 nor 16 bytes");
  return formatIp({ family: bytes.length === 4 ? "IPv4" : "IPv6", bytes: [...bytes] });
}

function extension(extnID: string, value: object, { critical = false } = {}): x509.Extension {
  return new x509.Extension({ extnID, critical, extnValue: new OctetString(writeAsn1(value)) });
}

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the public key's bits, same as Go since 1.25. */
export function subjectKeyIdentifier(publicKeyInfo: Uint8Array): Uint8Array {
  const { subjectPublicKey } = readAsn1(publicKeyInfo, x509.SubjectPublicKeyInfo);
  const digest = createHash("sha256").update(new Uint8Array(subjectPublicKey)).digest();
  return new Uint8Array(digest).subarray(0, 20);
}
