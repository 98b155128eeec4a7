import type { JsonObject, JsonValue } from "../yaml/node.ts";

/** A patch that does not fit what it is applied to. */
export class PatchError extends Error {
  override readonly name = "PatchError";
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Equality of JSON: the order of keys does not count. */
export function jsonEquals(left: JsonValue, right: JsonValue): boolean {
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => jsonEquals(item, right[index] ?? null));
  }
  if (!isObject(left) || !isObject(right)) return left === right;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && jsonEquals(left[key] ?? null, right[key] ?? null))
  );
}
