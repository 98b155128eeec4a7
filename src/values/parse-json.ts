import type { JsonValue } from "./json.ts";

/** What programs write nests less deep, and anyone who walks through a value must not run out of stack. */
const deepest = 200;

/**
 * Returns what a text of unknown origin contains, such as a file of an earlier run; undefined if it is not JSON, or nests
 * deeper than any program writes.
 */
export function parseJson(text: string): JsonValue | undefined {
  if (nestsTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function nestsTooDeep(text: string): boolean {
  if (text.length <= deepest) return false;
  let depth = 0;
  let isInText = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (isInText) {
      if (character === "\\") index += 1;
      else if (character === '"') isInText = false;
    } else if (character === '"') isInText = true;
    else if (character === "[" || character === "{") {
      depth += 1;
      if (depth > deepest) return true;
    } else if (character === "]" || character === "}") depth -= 1;
  }
  return false;
}
