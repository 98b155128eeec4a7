import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";
import { readAsn1, writeAsn1 } from "./asn1.ts";

/** The subject of a certificate: CN and O. */
export interface CertificateSubject {
  readonly commonName: string;
  /** All in one relative distinguished name, as Go writes them. */
  readonly organizations?: readonly string[];
}

/** X.520 */
const oid = { commonName: "2.5.4.3", organization: "2.5.4.10" } as const;

/**
 * An X.501 Name: first the organizations, in one set, whose members DER requires to be sorted (X.690, 11.6); then the
 * common name.
 */
export function nameOf({ commonName, organizations = [] }: CertificateSubject): Name {
  const attributes = [...new Set(organizations)].map((value) => {
    const attribute = attributeOf(oid.organization, value);
    return { attribute, der: writeAsn1(attribute) };
  });
  const sorted = attributes
    .sort((left, right) => Buffer.compare(left.der, right.der))
    .map(({ attribute }) => attribute);
  return new Name([
    ...(sorted.length === 0 ? [] : [new RelativeDistinguishedName(sorted)]),
    ...(commonName === "" ? [] : [new RelativeDistinguishedName([attributeOf(oid.commonName, commonName)])]),
  ]);
}

function attributeOf(type: string, value: string): AttributeTypeAndValue {
  // Same as Go's crypto/x509: PrintableString if the characters allow it, UTF8String otherwise.
  const isPrintable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value);
  return new AttributeTypeAndValue({
    type,
    value: new AttributeValue(isPrintable ? { printableString: value } : { utf8String: value }),
  });
}

/**
 * Returns the common name and organizations of an X.501 Name; of several common names the last one counts, as in Go.
 */
export function readName(der: Uint8Array): Required<CertificateSubject> {
  return subjectOf(readAsn1(der, Name));
}

export function subjectOf(name: Name): Required<CertificateSubject> {
  const attributes = [...name].flatMap((set) => [...set]);
  const valuesOf = (type: string) =>
    attributes.filter((each) => each.type === type).map(({ value }) => value.toString());
  return { commonName: valuesOf(oid.commonName).at(-1) ?? "", organizations: valuesOf(oid.organization) };
}
