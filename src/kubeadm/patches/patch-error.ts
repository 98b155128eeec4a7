import { linesText } from "../../errors/printable-text.ts";
import type { JsonObject, JsonValue } from "../../go/yaml/node.ts";

/** A patch that does not fit what it is applied to. */
export class PatchError extends Error {
  override readonly name = "PatchError";

  constructor(message: string | readonly string[]) {
    super(linesText(message));
  }
}

/** A value as Go shows it (`%v`), cut short. */
export function describeValue(value: JsonValue | undefined): string {
  const text = goValue(value);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function goValue(value: JsonValue | undefined): string {
  if (isList(value)) return `[${value.map(goValue).join(" ")}]`;
  if (!isObject(value)) return value === undefined || value === null ? "<nil>" : String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([name, member]) => `${name}:${goValue(member)}`).join(" ")}]`;
}

/** What encoding/json calls such a value. */
export function jsonKind(value: JsonValue): string {
  if (isObject(value)) return "object";
  if (isList(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Equality of JSON: the order of keys does not count. An absent value equals only another. */
export function jsonEquals(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => jsonEquals(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return left === right;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && jsonEquals(left[key], right[key]))
  );
}
