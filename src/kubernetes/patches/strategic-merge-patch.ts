import { isList, isObject, type JsonObject, type JsonValue, jsonEquals } from "../../values/json.ts";
import {
  deleteFromListPrefix,
  elementOrderPrefix,
  isDirective,
  patchDirective,
  retainKeys,
  withoutDirectives,
} from "./directives.ts";
import { type MergeSchema, schemaOf } from "./merge-keys.ts";
import { mergeList, reorderList } from "./merge-list.ts";
import { describeValue, PatchError } from "./patch-error.ts";

/**
 * Applies a strategic merge patch with the results of apimachinery's strategicpatch: objects merge field by field, null
 * removes, lists merge or are replaced as `schema` says, and the patch's directives apply. Throws PatchError.
 *
 * In what a patch adds whole, directives and nulls are dropped; upstream leaves some of them in for the next decoder.
 */
export function applyStrategicMergePatch(document: JsonValue, patch: JsonValue, schema: MergeSchema): JsonValue {
  if (patch === null) return document;
  if (!isObject(document) || !isObject(patch)) throw new PatchError("invalid JSON document");
  return mergeObjects(document, patch, schema);
}

function mergeObjects(original: JsonObject, patch: JsonObject, schema: MergeSchema): JsonObject {
  const { [patchDirective]: instruction, ...fields } = patch;
  if (instruction === "replace") return withoutDirectives(fields);
  if (instruction === "delete") return {};
  if (instruction !== undefined) {
    throw new PatchError(`unknown patch type: ${String(instruction)} in map: ${describeValue(patch)}`);
  }
  const merged = new Map(Object.entries(original));
  keepOnly(merged, fields);
  deleteValues(merged, fields);
  for (const [key, value] of Object.entries(fields)) {
    if (isDirective(key)) continue;
    const result = mergeValues(merged.get(key), value, schemaOf(schema, key));
    if (result === undefined) merged.delete(key);
    else merged.set(key, result);
  }
  return withElementOrders(merged, { original, patch: fields, schema });
}

/** `$retainKeys` names all fields that may remain: other fields of the original are removed. */
function keepOnly(merged: Map<string, JsonValue>, patch: JsonObject): void {
  const retained = patch[retainKeys];
  if (retained === undefined) return;
  if (!isList(retained)) throw new PatchError("invalid patch format of retainKeys");
  const isForgotten = ([key, value]: readonly [string, JsonValue]) =>
    !isDirective(key) && value !== null && !retained.includes(key);
  if (Object.entries(patch).some(isForgotten)) throw new PatchError("invalid patch format of retainKeys");
  for (const key of [...merged.keys()]) if (!retained.includes(key)) merged.delete(key);
}

/** `$deleteFromPrimitiveList/x` removes values from x, however x merges. */
function deleteValues(merged: Map<string, JsonValue>, patch: JsonObject): void {
  for (const [directive, values] of Object.entries(patch)) {
    if (!directive.startsWith(deleteFromListPrefix)) continue;
    const key = directive.slice(deleteFromListPrefix.length);
    const original = merged.get(key);
    if (values === null) merged.delete(key);
    else if (isList(values) && isList(original)) {
      const left = original.filter((item) => !values.some((value) => jsonEquals(item, value)));
      merged.set(key, left);
    }
  }
}

/** Undefined: nothing remains. An object with a directive only counts against another object. */
function mergeValues(original: JsonValue | undefined, patch: JsonValue, schema: MergeSchema): JsonValue | undefined {
  if (patch === null) return undefined;
  if (isObject(original) && isObject(patch)) return mergeObjects(original, patch, schema);
  if (isList(original) && isList(patch) && schema.list !== undefined) {
    return mergeList(original, patch, { list: schema.list, mergeItems: mergeObjects });
  }
  return isObject(patch) && Object.hasOwn(patch, patchDirective) ? undefined : withoutDirectives(patch);
}

interface OrderContext {
  readonly original: JsonObject;
  readonly patch: JsonObject;
  readonly schema: MergeSchema;
}

/** `$setElementOrder/x`: the order of the items of x that it names, whether or not the patch has x too. */
function withElementOrders(merged: Map<string, JsonValue>, { original, patch, schema }: OrderContext): JsonObject {
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(elementOrderPrefix)) continue;
    const key = directive.slice(elementOrderPrefix.length);
    if (!isList(order)) throw new PatchError("invalid patch format of setElementOrder list");
    const list = merged.get(key);
    const before = original[key] ?? [];
    const patchList = patch[key] ?? [];
    if (!isList(list) || !isList(before) || !isList(patchList)) continue;
    const context = { original: before, patch: patchList, order, list: schemaOf(schema, key).list ?? {} };
    merged.set(key, reorderList(list, context));
  }
  return Object.fromEntries(merged);
}
