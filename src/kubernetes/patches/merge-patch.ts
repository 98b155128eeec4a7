import { isObject, type JsonValue } from "../../values/json.ts";

/**
 * Applies a JSON merge patch (RFC 7386): objects are merged, null removes, everything else replaces. Same as in
 * upstream's library (evanphx/json-patch 4), objects within a list that replaces something lose their nulls too.
 */
export function applyMergePatch(document: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return withoutNulls(patch);
  const merged = new Map<string, JsonValue>(isObject(document) ? Object.entries(document) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, applyMergePatch(merged.get(key) ?? null, value));
  }
  return Object.fromEntries(merged);
}

function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(withoutNulls);
  return isObject(value) ? applyMergePatch(null, value) : value;
}
