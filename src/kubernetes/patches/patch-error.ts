import { linesText } from "../../errors/printable-text.ts";
import { formatValue, withIntegers } from "../../go/value.ts";
import type { JsonValue } from "../../values/json.ts";

/** A patch that cannot be applied to the document. */
export class PatchError extends Error {
  override readonly name = "PatchError";

  constructor(message: string | readonly string[]) {
    super(linesText(message));
  }
}

/** Returns a value as Go prints it (`%v`), truncated. */
export function describeValue(value: JsonValue | undefined): string {
  const text = formatValue(withIntegers(value ?? null));
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
