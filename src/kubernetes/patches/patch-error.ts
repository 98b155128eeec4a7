import { linesText } from "../../errors/printable-text.ts";
import { isList, isObject, type JsonValue } from "../../values/json.ts";

/** A patch that cannot be applied to the document. */
export class PatchError extends Error {
  override readonly name = "PatchError";

  constructor(message: string | readonly string[]) {
    super(linesText(message));
  }
}

/** Returns a value as Go prints it (`%v`), truncated. */
export function describeValue(value: JsonValue | undefined): string {
  const text = goValue(value);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function goValue(value: JsonValue | undefined): string {
  if (isList(value)) return `[${value.map(goValue).join(" ")}]`;
  if (!isObject(value)) return value === undefined || value === null ? "<nil>" : String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([name, member]) => `${name}:${goValue(member)}`).join(" ")}]`;
}
