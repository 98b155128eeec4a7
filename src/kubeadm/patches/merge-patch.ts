import type { JsonValue } from "../yaml/node.ts";
import { isObject } from "./patch-error.ts";

/** Applies a JSON merge patch (RFC 7386): objects are merged, null removes, everything else replaces. */
export function applyMergePatch(document: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, JsonValue>(isObject(document) ? Object.entries(document) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, applyMergePatch(merged.get(key) ?? null, value));
  }
  return Object.fromEntries(merged);
}
