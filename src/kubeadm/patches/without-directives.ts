import type { JsonObject, JsonValue } from "../../go/yaml/node.ts";
import { isDirective, patchDirective } from "./patch-directives.ts";
import { isList, isObject } from "./patch-error.ts";

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
