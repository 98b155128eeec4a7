import { integer, isNull, json, type Schema, time, wrongType } from "../../go/json/schema.ts";
import { type GoStruct, mapped } from "../../go/json/struct.ts";
import type { JsonValue } from "../../values/json.ts";
import { podTypes } from "../gen/pod-types.ts";
import { quantity } from "../quantity-schema.ts";
import { structTable } from "../struct-table.ts";

/** Returns the schema of a struct of core/v1, such as `v1.Pod`: decoded and written as Go does. */
export const coreStruct: (name: string) => GoStruct = structTable(podTypes, {
  Quantity: () => quantity(),
  IntOrString: () => intOrString(),
  Time: () => utcTime(),
  FieldsV1: () => json(),
});

/** metav1.Time is written in UTC with whole seconds. */
function utcTime(): Schema<JsonValue> {
  const written = mapped(time(), (text) => (text === "" ? null : `${new Date(text).toISOString().slice(0, 19)}Z`));
  return { ...written, zero: null };
}

/** intstr.IntOrString: a port by number or by name. */
function intOrString(): Schema<JsonValue> {
  const number = integer("int32");
  return {
    goType: "intstr.IntOrString",
    jsonSchema: { type: ["string", "integer", "null"] },
    zero: 0,
    decode: (node, place) => {
      if (isNull(node)) return 0;
      if (node.kind !== "scalar") {
        wrongType(node, place, "int32", { stops: true });
        return undefined;
      }
      if (typeof node.value === "string") return node.value;
      const stopping = {
        ...place.problems,
        wrong: (problem: Parameters<typeof place.problems.wrong>[0]) =>
          place.problems.wrong({ ...problem, stops: true }),
      };
      return number.decode(node, { ...place, problems: stopping });
    },
  };
}
