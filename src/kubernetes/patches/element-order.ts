import { type JsonValue, jsonEquals } from "../../values/json.ts";

export interface ElementOrderOptions {
  /** The list before the patch. */
  readonly original: readonly JsonValue[];
  /** The items, or only their keys, in the order that the patch requires. */
  readonly wanted: readonly JsonValue[];
  /** The field by which items are matched. */
  readonly keyOf: (item: JsonValue) => JsonValue;
}

/**
 * Returns a merged list in the order of strategicpatch: items that the patch names are in the patch's order, the others
 * keep theirs, each before the first item of the patch that it preceded in the original. New items therefore come
 * first.
 */
export function inElementOrder(items: readonly JsonValue[], options: ElementOrderOptions): readonly JsonValue[] {
  const { original, wanted, keyOf } = options;
  const wantedAt = (item: JsonValue) => indexOfKey(wanted, item, keyOf);
  const originalAt = (item: JsonValue) => indexOfKey(original, item, keyOf);
  const named = items.filter((item) => wantedAt(item) >= 0).sort((a, b) => wantedAt(a) - wantedAt(b));
  const others = items.filter((item) => wantedAt(item) < 0).sort((a, b) => originalAt(a) - originalAt(b));
  const ordered: JsonValue[] = [];
  let next = 0;
  for (const item of named) {
    const place = originalAt(item);
    for (let other = others[next]; place >= 0 && other !== undefined; other = others[next]) {
      const precedes = originalAt(other) >= 0 && originalAt(other) < place;
      if (!precedes) break;
      ordered.push(other);
      next++;
    }
    ordered.push(item);
  }
  return [...ordered, ...others.slice(next)];
}

function indexOfKey(list: readonly JsonValue[], item: JsonValue, keyOf: (item: JsonValue) => JsonValue): number {
  return list.findIndex((candidate) => jsonEquals(keyOf(candidate), keyOf(item)));
}
