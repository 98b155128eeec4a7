import { isList, isObject, type JsonObject, type JsonValue, jsonEquals } from "../../values/json.ts";
import { patchDirective, withoutDirectives } from "./directives.ts";
import { inElementOrder } from "./element-order.ts";
import type { ListMerge, MergeSchema } from "./merge-keys.ts";
import { describeValue, PatchError } from "./patch-error.ts";

export interface MergeListOptions {
  readonly list: ListMerge;
  readonly mergeItems: (original: JsonObject, patch: JsonObject, schema: MergeSchema) => JsonObject;
}

/** Merges a list into another: objects item by item by their key, plain values as a set. */
export function mergeList(
  original: readonly JsonValue[],
  patch: readonly JsonValue[],
  { list, mergeItems }: MergeListOptions,
): readonly JsonValue[] {
  if (original.length === 0 && patch.length === 0) return original;
  checkItemTypes([...original, ...patch]);
  const { mergeKey, items: schema = {} } = list;
  if (!isObject(original[0] ?? patch[0])) return mergeSet(original, patch, mergeKey);
  if (mergeKey === undefined) throw new PatchError("cannot merge lists without merge key for struct");
  const { kept, added } = obeyDirectives(original.filter(isObject), patch.filter(isObject), mergeKey);
  const merged = [...kept];
  for (const item of added) {
    const key = keyOf(item, mergeKey);
    const index = merged.findIndex((present) => jsonEquals(present[mergeKey], key));
    const present = merged[index];
    if (present === undefined) merged.push(withoutDirectives(item));
    else merged[index] = mergeItems(present, item, schema);
  }
  for (const item of merged) keyOf(item, mergeKey);
  return inElementOrder(merged, { original: kept, wanted: added, keyOf: (item) => optionalKey(item, mergeKey) });
}

function mergeSet(
  original: readonly JsonValue[],
  patch: readonly JsonValue[],
  mergeKey: string | undefined,
): readonly JsonValue[] {
  if (mergeKey !== undefined) throw new PatchError("expected a map[string]interface {}, but received a plain value");
  return inElementOrder([...new Set([...original, ...patch])], { original, wanted: patch, keyOf: (item) => item });
}

/** `{$patch: delete, <key>}` removes an item, `{$patch: replace}` everything that the patch itself does not contain. */
function obeyDirectives(original: readonly JsonObject[], patch: readonly JsonObject[], mergeKey: string) {
  const added = patch.filter((item) => !Object.hasOwn(item, patchDirective));
  let kept = original;
  let isReplacement = false;
  for (const item of patch.filter((each) => Object.hasOwn(each, patchDirective))) {
    const instruction = item[patchDirective];
    if (instruction === "delete") {
      const key = keyOf(item, mergeKey);
      kept = kept.filter((present) => !jsonEquals(present[mergeKey], key));
    } else if (instruction === "replace") isReplacement = true;
    else if (instruction === "merge") throw new PatchError("merging lists cannot yet be specified in the patch");
    else throw new PatchError(`unknown patch type: ${String(instruction)} in map: ${describeValue(item)}`);
  }
  return isReplacement ? { kept: added.map((item) => withoutDirectives(item)), added: [] } : { kept, added };
}

export interface ReorderOptions {
  /** The list before the patch. */
  readonly original: readonly JsonValue[];
  /** The patch's own list; empty if it has none. */
  readonly patch: readonly JsonValue[];
  /** The value of $setElementOrder. */
  readonly order: readonly JsonValue[];
  readonly list: ListMerge;
}

/** Returns a merged list in the order that a patch requires. */
export function reorderList(merged: readonly JsonValue[], options: ReorderOptions): readonly JsonValue[] {
  const { original, patch, order, list } = options;
  const { mergeKey } = list;
  const keyOfItem = (item: JsonValue) => {
    if (mergeKey === undefined) return item;
    if (!isObject(item)) throw new PatchError("expected a map[string]interface {}, but received a plain value");
    return keyOf(item, mergeKey);
  };
  const named = patch.filter((item) => !isObject(item) || !Object.hasOwn(item, patchDirective));
  checkOrder(named.map(keyOfItem), order.map(keyOfItem), () => [
    "The order in patch list:",
    describeValue(patch),
    " doesn't match $setElementOrder list:",
    describeValue(order),
    "",
  ]);
  return inElementOrder(merged, { original, wanted: order, keyOf: keyOfItem });
}

/** All items of the patch must be in the order, in the same sequence. */
function checkOrder(items: readonly JsonValue[], order: readonly JsonValue[], message: () => readonly string[]): void {
  if (order.length === 0) return;
  let from = 0;
  for (const item of items) {
    const place = order.findIndex((key, index) => index >= from && jsonEquals(key, item));
    if (place < 0) throw new PatchError(message());
    from = place + 1;
  }
}

function keyOf(item: JsonObject, mergeKey: string): JsonValue {
  const key = item[mergeKey];
  if (key !== undefined) return key;
  throw new PatchError(`map: ${describeValue(item)} does not contain declared merge key: ${mergeKey}`);
}

function optionalKey(item: JsonValue, mergeKey: string): JsonValue {
  return isObject(item) ? (item[mergeKey] ?? null) : null;
}

function checkItemTypes(items: readonly JsonValue[]): void {
  if (items.some(isList)) throw new PatchError("lists of lists are not supported");
  const types = new Set(items.map((item) => (item === null ? "null" : typeof item)));
  if (types.size > 1) throw new PatchError(`list element types are not identical: ${describeValue(items)}`);
}
