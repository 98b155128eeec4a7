import { microTimestamp, timestamp } from "../storage.ts";
import { text, type WireField } from "./wire.ts";

type Decode = (fields: readonly WireField[]) => unknown;

/** Messages whose JSON form is not an object of their fields; undefined is a zero that is omitted. */
export const wellKnown: Readonly<Record<string, Decode>> = {
  Time: (fields) => date(fields, timestamp),
  MicroTime: (fields) => date(fields, microTimestamp),
  Duration: (fields) => `${Number(BigInt.asIntN(64, integer(fields, 1))) / 1e9}s`,
  Quantity: (fields) => string(fields, 1),
  IntOrString: (fields) =>
    integer(fields, 1) === 0n ? Number(BigInt.asIntN(64, integer(fields, 2))) : string(fields, 3),
  RawExtension: (fields) => json(fields),
  FieldsV1: (fields) => json(fields),
  StringList: (fields) =>
    fields.flatMap(({ number, value }) => (number === 1 && value instanceof Uint8Array ? [text(value)] : [])),
};

function integer(fields: readonly WireField[], number: number): bigint {
  const value = fields.find((field) => field.number === number)?.value;
  return typeof value === "bigint" ? value : 0n;
}

function string(fields: readonly WireField[], number: number): string {
  const value = fields.find((field) => field.number === number)?.value;
  return value instanceof Uint8Array ? text(value) : "";
}

function date(fields: readonly WireField[], format: (date: Date) => string): string | undefined {
  if (fields.length === 0) return undefined;
  const milliseconds = BigInt.asIntN(64, integer(fields, 1)) * 1000n + integer(fields, 2) / 1_000_000n;
  return format(new Date(Number(milliseconds)));
}

function json(fields: readonly WireField[]): unknown {
  const raw = string(fields, 1);
  return raw === "" ? undefined : JSON.parse(raw);
}
