// Certificates, requests and keys as text without what is random in them: two that differ in nothing else read the same.
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { type DerElement, readDer } from "./der.ts";

const tags = { integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, sequence: 0x30 } as const;
/** Extensions that hold a digest of a key. */
const keyIdentifiers = new Set(["2.5.29.14", "2.5.29.35"]);

/** What a PEM block says; undefined where its content is not what the label promises. */
export function describePem(label: string, pem: string, now: Date): string | undefined {
  try {
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    if (label === "CERTIFICATE") return `<certificate ${describeCertificate(der, now)}>`;
    if (label === "CERTIFICATE REQUEST") return `<certificate request ${describeRequest(der)}>`;
    if (label.endsWith("PRIVATE KEY")) return `<${label.toLowerCase()} ${privateKeyKind(createPrivateKey(pem), der)}>`;
    if (label === "PUBLIC KEY") return `<public key ${keyKind(createPublicKey(pem))}>`;
  } catch {
    return undefined;
  }
  return undefined;
}

/** The form of an ML-DSA key shows in its length. */
function privateKeyKind(key: KeyObject, der: Uint8Array): string {
  return key.asymmetricKeyType?.startsWith("ml-dsa-") === true ? `${keyKind(key)} ${der.length} bytes` : keyKind(key);
}

function keyKind(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return `${key.asymmetricKeyType} ${modulusLength ?? namedCurve ?? ""}`.trim();
}

function describeCertificate(der: Uint8Array, now: Date): string {
  const [toBeSigned, algorithm] = childrenOf(first(readDer(der)));
  const fields = childrenOf(toBeSigned);
  const isVersioned = fields[0]?.tag === 0xa0;
  const version = isVersioned ? hex(first(childrenOf(fields[0]))) : "1";
  const [serial, inner, issuer, validity, subject, publicKey, ...rest] = isVersioned ? fields.slice(1) : fields;
  const extensions = rest.find(({ tag }) => tag === 0xa3);
  return [
    `version=${version}`,
    `serial=${serial === undefined || serial.content.every((byte) => byte === 0) ? "0" : "<random>"}`,
    `signature=${nested(inner)}/${nested(algorithm)}`,
    `issuer=${nested(issuer)}`,
    describeValidity(validity, now),
    `subject=${nested(subject)}`,
    `key=${describeSubjectKey(publicKey)}`,
    ...(extensions === undefined ? [] : childrenOf(first(childrenOf(extensions))).map(describeExtension)),
  ].join(" ");
}

function describeRequest(der: Uint8Array): string {
  const [information, algorithm] = childrenOf(first(readDer(der)));
  const [version, subject, publicKey, ...attributes] = childrenOf(information);
  const head = [version, subject].map(nested).join(" ");
  return `${head} key=${describeSubjectKey(publicKey)} ${attributes.map(nested).join(" ")} ${nested(algorithm)}`;
}

function describeSubjectKey(element: DerElement | undefined): string {
  if (element === undefined) return "none";
  return keyKind(createPublicKey({ key: Buffer.from(element.whole), format: "der", type: "spki" }));
}

function describeExtension(element: DerElement): string {
  const parts = childrenOf(element);
  const oid = parts[0] === undefined ? "" : objectIdentifier(parts[0]);
  const value = parts.at(-1);
  const isCritical = parts.length === 3 ? " critical" : "";
  if (keyIdentifiers.has(oid)) return `[${oid}${isCritical} ${value?.content.length} bytes]`;
  return `[${oid}${isCritical} ${value === undefined ? "" : readDer(value.content).map(nested).join("")}]`;
}

function describeValidity(element: DerElement | undefined, now: Date): string {
  const [from, to] = childrenOf(element).map(({ content }) => parseTime(Buffer.from(content).toString("latin1")));
  if (from === undefined || to === undefined) return "validity=none";
  return `from=${timeAgo(from, now)} hours-left=${Math.round((to - now.getTime()) / 3_600_000)}`;
}

/**
 * In words that do not change within a run. A certificate begins with its CA, which has lain on the machine since the run
 * began: how many minutes that is, is chance.
 */
function timeAgo(time: number, now: Date): string {
  const minutes = (now.getTime() - time) / 60_000;
  if (Math.abs(minutes) < 2.5) return "now";
  if (minutes > 0 && minutes < 45) return "minutes-ago";
  return `${Math.round(minutes / 60)}h-ago`;
}

function parseTime(text: string): number {
  const [, year = "", month, day, hour, minute, second] = /^(\d{2,4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const full = year.length === 4 ? year : `${Number(year) < 50 ? "20" : "19"}${year}`;
  return Date.parse(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function nested(element: DerElement | undefined): string {
  if (element === undefined) return "none";
  const { tag, content } = element;
  if (tag === tags.oid) return objectIdentifier(element);
  if ((tag & 0x20) !== 0)
    return `${tag === tags.sequence ? "" : tag.toString(16)}(${readDer(content).map(nested).join(" ")})`;
  const text = Buffer.from(content).toString("latin1");
  const isText =
    /^[\x20-\x7e]+$/.test(text) && tag !== tags.integer && tag !== tags.bitString && tag !== tags.octetString;
  return `${tag.toString(16)}:${isText ? text : hex(element)}`;
}

function objectIdentifier({ content }: DerElement): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join(".");
}

function childrenOf(element: DerElement | undefined): readonly DerElement[] {
  return element === undefined ? [] : readDer(element.content);
}

function first(elements: readonly DerElement[]): DerElement | undefined {
  return elements[0];
}

function hex(element: DerElement | undefined): string {
  return element === undefined ? "" : Buffer.from(element.content).toString("hex");
}
