import { type DerElement, derTag, readDer, readObjectIdentifier, writeDer, writeObjectIdentifier } from "./der.ts";

export interface CertificateSubject {
  readonly commonName: string;
  /** All in one relative distinguished name, as Go writes them. */
  readonly organizations?: readonly string[];
}

/** X.520 */
const oid = { commonName: "2.5.4.3", organization: "2.5.4.10" } as const;

/** An X.501 Name: the organizations first, in one set, whose members DER wants sorted (X.690, 11.6); then the common name. */
export function writeName({ commonName, organizations = [] }: CertificateSubject): Uint8Array {
  const attributes = [...new Set(organizations)].map((value) => writeAttribute(oid.organization, value));
  const sorted = attributes.sort((left, right) => Buffer.compare(left, right));
  return writeDer(
    derTag.sequence,
    ...(sorted.length === 0 ? [] : [writeDer(derTag.set, ...sorted)]),
    ...(commonName === "" ? [] : [writeDer(derTag.set, writeAttribute(oid.commonName, commonName))]),
  );
}

function writeAttribute(type: string, value: string): Uint8Array {
  const text = new TextEncoder().encode(value);
  // Go's crypto/x509 writes PrintableString where the characters allow it, UTF8String elsewhere; so does this.
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? derTag.printableString : derTag.utf8String;
  return writeDer(derTag.sequence, writeObjectIdentifier(type), writeDer(tag, text));
}

/** Common name and organizations of an X.501 Name; of several common names the last counts, as in Go. */
export function readName(name: DerElement): Required<CertificateSubject> {
  const attributes = readDer(name.content).flatMap((set) => readDer(set.content).map(readAttribute));
  const valuesOf = (type: string) => attributes.filter((each) => each.type === type).map(({ value }) => value);
  return { commonName: valuesOf(oid.commonName).at(-1) ?? "", organizations: valuesOf(oid.organization) };
}

function readAttribute(attribute: DerElement): { readonly type: string; readonly value: string } {
  const [type, value] = readDer(attribute.content);
  return {
    type: type === undefined ? "" : readObjectIdentifier(type.content),
    value: new TextDecoder().decode(value?.content),
  };
}
