import { isList, isObject, type JsonObject, type JsonValue } from "../../values/json.ts";

/** In an object: what is to be done with the object as a whole. */
export const patchDirective = "$patch";
/** In an object: the names of all fields that may be left. */
export const retainKeys = "$retainKeys";
/** Before the name of a list of plain values: those to take out. */
export const deleteFromListPrefix = "$deleteFromPrimitiveList/";
/** Before the name of a list: its items, or their merge keys, in order. */
export const elementOrderPrefix = "$setElementOrder/";

/** Whether a field of a patch is an instruction and no field of the object. */
export function isDirective(key: string): boolean {
  return (
    key === patchDirective ||
    key === retainKeys ||
    key.startsWith(deleteFromListPrefix) ||
    key.startsWith(elementOrderPrefix)
  );
}

/** What a patch adds where the original has nothing to merge with: the value less nulls, directives and their carriers. */
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
