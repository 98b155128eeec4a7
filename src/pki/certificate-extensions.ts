import { createHash } from "node:crypto";
import { formatIp, parseIp } from "../addresses/ip-address.ts";
import { DerError, derTag, readDer, writeDer, writeObjectIdentifier } from "./der.ts";

export type ExtendedKeyUsage = "server auth" | "client auth";
export type KeyUsage = "digital signature" | "key encipherment" | "certificate signing";

export interface AlternativeNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** RFC 5280, 4.2.1 */
export const extensionOid = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** RFC 5280, 4.2.1.12 */
export const extendedKeyUsageOid: Record<ExtendedKeyUsage, string> = {
  "server auth": "1.3.6.1.5.5.7.3.1",
  "client auth": "1.3.6.1.5.5.7.3.2",
};

const keyUsageBit: Record<KeyUsage, number> = {
  "digital signature": 0,
  "key encipherment": 2,
  "certificate signing": 5,
};

/** Context-specific tags of GeneralName. */
const generalName = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

export function keyUsageExtension(usages: readonly KeyUsage[]): Uint8Array {
  const bits = usages.map((usage) => keyUsageBit[usage]);
  const byte = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  const value = writeDer(derTag.bitString, Uint8Array.of(7 - Math.max(...bits), byte));
  return extension(extensionOid.keyUsage, value, { critical: true });
}

export function extendedKeyUsageExtension(usages: readonly ExtendedKeyUsage[]): Uint8Array {
  const identifiers = usages.map((usage) => writeObjectIdentifier(extendedKeyUsageOid[usage]));
  return extension(extensionOid.extendedKeyUsage, writeDer(derTag.sequence, ...identifiers));
}

export function basicConstraintsExtension({ isAuthority }: { readonly isAuthority: boolean }): Uint8Array {
  const authority = isAuthority ? [writeDer(derTag.boolean, Uint8Array.of(0xff))] : [];
  const value = writeDer(derTag.sequence, ...authority);
  return extension(extensionOid.basicConstraints, value, { critical: true });
}

export function subjectKeyIdentifierExtension(identifier: Uint8Array): Uint8Array {
  return extension(extensionOid.subjectKeyIdentifier, writeDer(derTag.octetString, identifier));
}

export function authorityKeyIdentifierExtension(identifier: Uint8Array): Uint8Array {
  const keyIdentifier = 0x80;
  return extension(extensionOid.authorityKeyIdentifier, writeDer(derTag.sequence, writeDer(keyIdentifier, identifier)));
}

/** Undefined without names. Throws TypeError for what is no address. */
export function alternativeNamesExtension({
  dnsNames = [],
  ipAddresses = [],
}: AlternativeNames): Uint8Array | undefined {
  if (dnsNames.length === 0 && ipAddresses.length === 0) return undefined;
  const names = [
    ...dnsNames.map((name) => writeDer(generalName.dns, new TextEncoder().encode(name))),
    ...ipAddresses.map((address) => writeDer(generalName.ip, addressBytes(address))),
  ];
  return extension(extensionOid.subjectAlternativeName, writeDer(derTag.sequence, ...names));
}

export interface GeneralNames {
  readonly dnsNames: readonly string[];
  /** Canonical text. */
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
}

/** The names in the value of a SubjectAltName extension; kinds that Kubernetes has no use for are passed over. */
export function readGeneralNames(value: Uint8Array): GeneralNames {
  const [list] = readDer(value);
  const names = list === undefined ? [] : readDer(list.content);
  const contentsOf = (wanted: number) => names.filter(({ tag }) => tag === wanted).map(({ content }) => content);
  const textsOf = (wanted: number) => contentsOf(wanted).map((content) => new TextDecoder().decode(content));
  return {
    dnsNames: textsOf(generalName.dns),
    ipAddresses: contentsOf(generalName.ip).map(addressText),
    emailAddresses: textsOf(generalName.email),
    uris: textsOf(generalName.uri),
  };
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length !== 4 && bytes.length !== 16) throw new DerError("an IP address of neither 4 nor 16 bytes");
  return formatIp({ family: bytes.length === 4 ? "IPv4" : "IPv6", bytes: [...bytes] });
}

function addressBytes(address: string): Uint8Array {
  const ip = parseIp(address);
  if (ip === undefined) throw new TypeError(`${address} is no IP address`);
  return Uint8Array.from(ip.bytes);
}

function extension(identifier: string, value: Uint8Array, { critical = false } = {}): Uint8Array {
  return writeDer(
    derTag.sequence,
    writeObjectIdentifier(identifier),
    ...(critical ? [writeDer(derTag.boolean, Uint8Array.of(0xff))] : []),
    writeDer(derTag.octetString, value),
  );
}

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the public key's bits, as Go has done since 1.25. */
export function subjectKeyIdentifier(publicKeyInfo: Uint8Array): Uint8Array {
  const [info] = readDer(publicKeyInfo);
  const [, bits] = info === undefined ? [] : readDer(info.content);
  const digest = createHash("sha256").update((bits?.content ?? new Uint8Array()).subarray(1));
  return new Uint8Array(digest.digest()).subarray(0, 20);
}
