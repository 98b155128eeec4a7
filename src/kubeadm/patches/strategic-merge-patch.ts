import type { JsonObject, JsonValue } from "../yaml/node.ts";
import { inElementOrder } from "./element-order.ts";
import type { MergeSchema } from "./merge-keys.ts";
import { isList, isObject, jsonEquals, PatchError } from "./patch-error.ts";

const directive = "$patch";
const retainKeys = "$retainKeys";
const deleteFromList = "$deleteFromPrimitiveList/";
const elementOrder = "$setElementOrder/";

/** Applies a strategic merge patch, as apimachinery's strategicpatch does. Throws PatchError. */
export function applyStrategicMergePatch(document: JsonValue, patch: JsonValue, schema: MergeSchema): JsonValue {
  if (patch === null) return document;
  if (!isObject(patch)) throw new PatchError("a strategic merge patch is an object");
  return mergeObjects(isObject(document) ? document : {}, patch, schema);
}

function mergeObjects(original: JsonObject, patch: JsonObject, schema: MergeSchema): JsonObject {
  const { [directive]: instruction, ...rest } = patch;
  if (instruction !== undefined) {
    if (instruction === "replace") return withoutDirectives(rest) as JsonObject;
    if (instruction === "delete") return {};
    throw unknownDirective(instruction);
  }
  const { [retainKeys]: retained, ...fields } = rest;
  const merged = new Map(Object.entries(original));
  if (retained !== undefined) keepOnly(merged, retained, fields);
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(deleteFromList)) deleteValues(merged, key.slice(deleteFromList.length), value);
  }
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith("$")) continue;
    if (value === null || (isObject(value) && isInstruction(value, "delete") && !merged.has(key))) {
      merged.delete(key);
      continue;
    }
    const order = fields[elementOrder + key];
    merged.set(key, mergeValues(merged.get(key), value, { schema: schema.fields?.[key] ?? {}, order }));
  }
  for (const [key, order] of Object.entries(fields)) {
    if (!key.startsWith(elementOrder) || Object.hasOwn(fields, key.slice(elementOrder.length))) continue;
    reorder(merged, key.slice(elementOrder.length), { order, schema });
  }
  return Object.fromEntries(merged);
}

function unknownDirective(instruction: JsonValue): PatchError {
  return new PatchError(`unknown patch type found: ${JSON.stringify(instruction)}`);
}

/** `$retainKeys` names all that may be left of a union: fields of the original that it does not name go. */
function keepOnly(merged: Map<string, JsonValue>, retained: JsonValue, patch: JsonObject): void {
  if (!isList(retained)) throw new PatchError("invalid patch format of retainKeys: it is no list");
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith("$") && value !== null && !retained.includes(key)) {
      throw new PatchError(`retainKeys list doesn't contain all fields present in the patch: ${key}`);
    }
  }
  for (const key of [...merged.keys()]) if (!retained.includes(key)) merged.delete(key);
}

function deleteValues(merged: Map<string, JsonValue>, key: string, values: JsonValue): void {
  if (!isList(values)) throw new PatchError(`${deleteFromList}${key} is no list`);
  const original = merged.get(key);
  if (isList(original)) {
    merged.set(
      key,
      original.filter((item) => !values.some((value) => jsonEquals(item, value))),
    );
  }
}

interface ValueContext {
  readonly schema: MergeSchema;
  /** What $setElementOrder says of this list. */
  readonly order: JsonValue | undefined;
}

function mergeValues(original: JsonValue | undefined, patch: JsonValue, { schema, order }: ValueContext): JsonValue {
  if (isObject(original) && isObject(patch)) return mergeObjects(original, patch, schema);
  if (isList(patch) && schema.mergeKey !== undefined) {
    return mergeItems(isList(original) ? original : [], patch, { mergeKey: schema.mergeKey, schema, order });
  }
  if (isList(patch) && schema.mergesAsSet === true && isList(original)) {
    const added = patch.filter((item) => !original.some((present) => jsonEquals(item, present)));
    return inElementOrder([...original, ...added], { original, wanted: isList(order) ? order : patch, keyOf: asKey });
  }
  return withoutDirectives(patch);
}

function asKey(item: JsonValue): JsonValue {
  return item;
}

interface ListContext extends ValueContext {
  readonly mergeKey: string;
}

function mergeItems(original: readonly JsonValue[], patch: readonly JsonValue[], context: ListContext): JsonValue {
  const { mergeKey, schema, order } = context;
  const instructions = patch.filter(isObject);
  if (instructions.length !== patch.length) throw new PatchError("a list that merges by key holds objects only");
  const isReplacement = instructions.some((item) => item[directive] === "replace");
  const items = instructions.filter((item) => item[directive] === undefined);
  for (const { [directive]: instruction } of instructions) {
    if (instruction === "merge") throw new PatchError("merging lists cannot yet be specified in the patch");
    if (instruction !== undefined && instruction !== "replace" && instruction !== "delete") {
      throw unknownDirective(instruction);
    }
  }
  if (isReplacement) return items.map(withoutDirectives);
  const deleted = instructions.filter((item) => item[directive] === "delete").map((item) => keyOf(item, mergeKey));
  let merged = original.filter((item) => !deleted.some((key) => jsonEquals(key, optionalKey(item, mergeKey))));
  for (const item of items) {
    const key = keyOf(item, mergeKey);
    const index = merged.findIndex((present) => jsonEquals(optionalKey(present, mergeKey), key));
    const present = merged[index];
    merged = isObject(present)
      ? merged.with(index, mergeObjects(present, item, schema.items ?? {}))
      : [...merged, withoutDirectives(item)];
  }
  const wanted = isList(order) ? order : items;
  return inElementOrder(merged, { original, wanted, keyOf: (item) => optionalKey(item, mergeKey) });
}

function keyOf(item: JsonObject, mergeKey: string): JsonValue {
  const key = item[mergeKey];
  if (key !== undefined) return key;
  throw new PatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
}

function optionalKey(item: JsonValue, mergeKey: string): JsonValue {
  return isObject(item) ? (item[mergeKey] ?? null) : null;
}

/** A list of which the patch has nothing but the order. */
function reorder(
  merged: Map<string, JsonValue>,
  key: string,
  { order, schema }: { readonly order: JsonValue; readonly schema: MergeSchema },
): void {
  const original = merged.get(key);
  const { mergeKey, mergesAsSet } = schema.fields?.[key] ?? {};
  if (!isList(original) || !isList(order)) return;
  if (mergeKey === undefined && mergesAsSet !== true) return;
  const keyOfItem = mergeKey === undefined ? asKey : (item: JsonValue) => optionalKey(item, mergeKey);
  merged.set(key, inElementOrder(original, { original, wanted: order, keyOf: keyOfItem }));
}

/** What a patch brings that the original lacks: its instructions, its nulls and what it deletes are not part of it. */
function withoutDirectives(value: JsonValue): JsonValue {
  if (isList(value)) return value.filter((item) => !isInstruction(item, "delete", "replace")).map(withoutDirectives);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => !isDirectiveKey(key) && field !== null && !isInstruction(field, "delete"))
      .map(([key, field]) => [key, withoutDirectives(field)]),
  );
}

function isDirectiveKey(key: string): boolean {
  return key === directive || key === retainKeys || key.startsWith(deleteFromList) || key.startsWith(elementOrder);
}

function isInstruction(value: JsonValue, ...which: readonly string[]): boolean {
  const instruction = isObject(value) ? value[directive] : undefined;
  return typeof instruction === "string" && which.includes(instruction);
}
