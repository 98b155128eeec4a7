// The only interface to the library that reads and writes ASN.1: bytes in, typed values out, and one error.

import { AsnConvert, AsnParser, type IAsnConverter } from "@peculiar/asn1-schema";
import { type AsnType, type BaseBlock, Constructed, fromBER, Primitive, Sequence } from "asn1js";
import { messageOf } from "../errors/kubeadm-error.ts";

/** Bytes that are not the expected ASN.1 value. */
export class Asn1Error extends Error {
  override readonly name = "Asn1Error";
}

type Schema<T> = new () => T;

/** Returns the value of the type, which must fill the bytes exactly; throws Asn1Error otherwise. */
export function readAsn1<T>(bytes: Uint8Array, schema: Schema<T>): T {
  return orAsn1Error(() => AsnParser.fromASN(parsed(bytes), schema));
}

/** Returns the DER of a value whose class has a schema. */
export function writeAsn1(value: object): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

/** Reports whether a value was encoded as DER in these bytes; DER has only one form. */
export function isDerOf(value: object, bytes: Uint8Array): boolean {
  return (
    Buffer.compare(
      orAsn1Error(() => writeAsn1(value)),
      bytes,
    ) === 0
  );
}

/** For members that are kept as bytes: read without a copy, written unchanged. */
export const asIs: IAsnConverter<Uint8Array> = {
  fromASN: ({ valueBeforeDecodeView }) => valueBeforeDecodeView,
  toASN: (bytes) => new EncodedElement(bytes),
};

/** An element whose bytes already exist. */
class EncodedElement extends Primitive {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes;
  }

  override toBER(_sizeOnly?: boolean, writer?: Parameters<Primitive["toBER"]>[1]): ArrayBuffer {
    const own = Uint8Array.from(this.#bytes).buffer;
    writer?.write(own);
    return own;
  }
}

/** A member of a CHOICE or of an open list, by its context-specific tag. */
export interface TaggedElement {
  readonly tag: number;
  /** Empty if the element consists of other elements. */
  readonly content: Uint8Array;
  /** Reads the one value inside an explicit tag. */
  inner<T>(schema: Schema<T>): T;
}

/** Returns the elements of a SEQUENCE whose members are distinguished by context-specific tags. */
export function taggedElements(sequence: Uint8Array): readonly TaggedElement[] {
  return membersOf(parsed(sequence)).map(taggedElement);
}

/** Returns the elements inside an element with a context-specific tag around an implicit SEQUENCE OF. */
export function taggedSequences(sequence: Uint8Array): ReadonlyMap<number, readonly (readonly TaggedElement[])[]> {
  const groups = membersOf(parsed(sequence)).map((group) => {
    const members = group instanceof Constructed ? group.valueBlock.value : [];
    return [group.idBlock.tagNumber, members.map((member) => membersOf(member).map(taggedElement))] as const;
  });
  return new Map(groups);
}

function parsed(bytes: Uint8Array): AsnType {
  // The content of octet and bit strings is read by code that knows its type, not by guessing.
  const { offset, result } = orAsn1Error(() => fromBER(bytes, { parseEmbedded: false }));
  if (offset !== bytes.length) throw new Asn1Error(result.error === "" ? "bytes follow the ASN.1 value" : result.error);
  return result;
}

function membersOf(element: BaseBlock): readonly BaseBlock[] {
  if (element instanceof Sequence) return element.valueBlock.value as readonly BaseBlock[];
  throw new Asn1Error("an element that should be a sequence is not one");
}

const contextSpecific = 3;

function taggedElement(element: BaseBlock): TaggedElement {
  const { tagClass, tagNumber } = element.idBlock;
  if (tagClass !== contextSpecific) throw new Asn1Error("an element has no context-specific tag");
  return {
    tag: tagNumber,
    content: element instanceof Primitive ? new Uint8Array(element.valueBlock.valueHexView) : new Uint8Array(),
    inner: (schema) =>
      orAsn1Error(() => {
        const [only, ...more] = element instanceof Constructed ? element.valueBlock.value : [];
        if (only === undefined || more.length > 0) throw new Asn1Error("an explicit tag holds not one value");
        return AsnParser.fromASN(only as AsnType, schema);
      }),
  };
}

function orAsn1Error<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Asn1Error) throw error;
    // The library's messages are sentences.
    throw new Asn1Error(messageOf(error).replace(/\.$/, ""), { cause: error });
  }
}
