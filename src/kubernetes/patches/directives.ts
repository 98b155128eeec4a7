import { isList, isObject, type JsonObject, type JsonValue } from "../../values/json.ts";

/** In an object: what to do with the object as a whole. */
export const patchDirective = "$patch";
/** In an object: the names of all fields that may remain. */
export const retainKeys = "$retainKeys";
/** Before the name of a list of plain values: the values to remove. */
export const deleteFromListPrefix = "$deleteFromPrimitiveList/";
/** Before the name of a list: its items, or their merge keys, in order. */
export const elementOrderPrefix = "$setElementOrder/";

/** Reports whether a field of a patch is a directive rather than a field of the object. */
export function isDirective(key: string): boolean {
  return (
    key === patchDirective ||
    key === retainKeys ||
    key.startsWith(deleteFromListPrefix) ||
    key.startsWith(elementOrderPrefix)
  );
}

/**
 * Returns what a patch adds if the original has nothing to merge with: the value without nulls, directives, and the
 * objects and fields that carry them.
 */
export function withoutDirectives(value: JsonObject): JsonObject;
export function withoutDirectives(value: JsonValue): JsonValue;
export function withoutDirectives(value: JsonValue): JsonValue {
  if (isList(value)) return value.filter((item) => !carriesDirective(item)).map((item) => withoutDirectives(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(
    ([key, field]) => !isDirective(key) && field !== null && !carriesDirective(field),
  );
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutDirectives(field)]));
}

function carriesDirective(value: JsonValue): boolean {
  return isObject(value) && Object.hasOwn(value, patchDirective);
}
