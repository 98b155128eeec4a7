import { isNull, type Schema } from "../go/json/schema.ts";
import { toJson } from "../go/yaml/node.ts";
import type { JsonValue } from "../values/json.ts";
import { canonicalQuantity, QuantityError } from "./quantity.ts";

/** The serialization format of a quantity: https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity. */
const pattern = "^\\s*[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?\\s*$";

/** resource.Quantity: a string or a number, in its canonical form. */
export function quantity(): Schema<JsonValue> {
  return {
    goType: "resource.Quantity",
    jsonSchema: { title: "Quantity", type: ["string", "number", "null"], pattern },
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
