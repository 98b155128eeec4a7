// Messages of gRPC, each declared once: its type, encoder and decoder. `@bufbuild/protobuf/wire` reads and writes the
// bytes; this file only says which of its functions belongs to a field (docs/adr/0004).
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** How a message is encoded. */
export interface Message<T> {
  encode(value: T): Uint8Array;
  /**
   * Missing fields have their defaults; fields that are not declared are left out. Throws if the bytes are not a
   * message.
   */
  decode(bytes: Uint8Array): T;
}

/** The type of a message's values. */
export type ValueOf<M> = M extends Message<infer T> ? T : never;

/** How one value follows its field's tag. */
interface Encoding<T, W extends WireType = WireType> {
  readonly wireType: W;
  write(writer: BinaryWriter, value: T): void;
  read(reader: BinaryReader): T;
}

interface Scalar<T, W extends WireType = WireType> extends Encoding<T, W> {
  /** What a missing field means. A field with this value is not sent. */
  readonly default: T;
  isDefault(value: T): boolean;
}

interface Field<T> {
  readonly number: number;
  readonly wireType: WireType;
  /** The value in a message without this field. */
  missing(): T;
  write(writer: BinaryWriter, value: T): void;
  /** Returns the value after one more occurrence of the field. */
  read(reader: BinaryReader, before: T): T;
}

export const string = scalar("", WireType.LengthDelimited, {
  write: (writer, value) => writer.string(value),
  read: (reader) => reader.string(),
});
export const bool = scalar<boolean, WireType.Varint>(false, WireType.Varint, {
  write: (writer, value) => writer.bool(value),
  read: (reader) => reader.bool(),
});
/** Also of enumerations: a server may send a number that is newer than the names known here. */
export const int32 = scalar(0, WireType.Varint, {
  write: (writer, value) => writer.int32(value),
  read: (reader) => reader.int32(),
});
export const uint32 = scalar(0, WireType.Varint, {
  write: (writer, value) => writer.uint32(value),
  read: (reader) => reader.uint32(),
});
export const int64 = scalar(0n, WireType.Varint, {
  write: (writer, value) => writer.int64(value),
  read: (reader) => BigInt(reader.int64()),
});
export const uint64 = scalar(0n, WireType.Varint, {
  write: (writer, value) => writer.uint64(value),
  read: (reader) => BigInt(reader.uint64()),
});
export const bytes: Scalar<Uint8Array, WireType.LengthDelimited> = {
  ...scalar<Uint8Array, WireType.LengthDelimited>(new Uint8Array(0), WireType.LengthDelimited, {
    write: (writer, value) => writer.bytes(value),
    read: (reader) => reader.bytes(),
  }),
  isDefault: (value) => value.length === 0,
};

function scalar<T, W extends WireType>(
  defaultValue: T,
  wireType: W,
  encoding: Pick<Encoding<T>, "write" | "read">,
): Scalar<T, W> {
  return { wireType, default: defaultValue, isDefault: (value) => value === defaultValue, ...encoding };
}

/** A field that always has a value. */
export function field<T>(number: number, type: Scalar<T>): Field<T> {
  const { wireType } = type;
  return {
    number,
    wireType,
    missing: () => type.default,
    write: (writer, value) => {
      if (!type.isDefault(value)) type.write(writer.tag(number, wireType), value);
    },
    read: (reader) => type.read(reader),
  };
}

/** A field with a message, or without one. Of several, the last counts. */
export function optional<T>(number: number, type: Message<T>): Field<T | undefined> {
  const { wireType, write, read } = embedded(type);
  return {
    number,
    wireType,
    missing: () => undefined,
    write: (writer, value) => {
      if (value !== undefined) write(writer.tag(number, wireType), value);
    },
    read,
  };
}

/** A list of strings or messages; numbers would share one tag. A map is a list, too: of messages with a key and a value. */
export function repeated<T>(number: number, type: Message<T> | Scalar<T, WireType.LengthDelimited>): Field<T[]> {
  const { wireType, write, read } = "decode" in type ? embedded(type) : type;
  return {
    number,
    wireType,
    missing: () => [],
    write: (writer, values) => {
      for (const value of values) write(writer.tag(number, wireType), value);
    },
    read: (reader, before) => {
      // In place: a copy for each item would make a long list take time that grows with its square.
      before.push(read(reader));
      return before;
    },
  };
}

function embedded<T>({ encode, decode }: Message<T>): Encoding<T, WireType.LengthDelimited> {
  return {
    wireType: WireType.LengthDelimited,
    write: (writer, value) => writer.bytes(encode(value)),
    read: (reader) => decode(reader.bytes()),
  };
}

/** Declares a message by its fields, which are sent in this order. */
export function message<T extends object>(fields: { readonly [K in keyof T]: Field<T[K]> }): Message<T> {
  const names = Object.keys(fields) as (keyof T)[];
  const byNumber = new Map(names.map((name) => [fields[name].number, name]));
  return {
    encode: (value) => {
      const writer = new BinaryWriter();
      for (const name of names) fields[name].write(writer, value[name]);
      return writer.finish();
    },
    decode: (bytes) => {
      const value = Object.fromEntries(names.map((name) => [name, fields[name].missing()])) as T;
      const reader = new BinaryReader(bytes);
      while (reader.pos < reader.len) {
        const [number, wireType] = reader.tag();
        const name = byNumber.get(number);
        if (name === undefined || fields[name].wireType !== wireType) reader.skip(wireType, number);
        else value[name] = fields[name].read(reader, value[name]);
      }
      return value;
    },
  };
}
