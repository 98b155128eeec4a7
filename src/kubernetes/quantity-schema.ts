import { isNull, type Schema } from "../go/json/schema.ts";
import { toJson } from "../go/yaml/node.ts";
import type { JsonValue } from "../values/json.ts";
import { canonicalQuantity, QuantityError } from "./quantity.ts";

/** resource.Quantity: a string or a number, in its canonical form. */
export function quantity(): Schema<JsonValue> {
  return {
    goType: "resource.Quantity",
    jsonSchema: { type: ["string", "number", "null"] },
    zero: "0",
    decode: (node, place) => {
      if (isNull(node)) return undefined;
      const value = node.kind === "scalar" ? toJson(node) : "{}";
      try {
        return canonicalQuantity(String(value).trim());
      } catch (error) {
        if (!(error instanceof QuantityError)) throw error;
        place.problems.wrong({ path: place.path, line: node.line, message: error.message, stops: true });
        return undefined;
      }
    },
  };
}
