import type { JsonObject, JsonValue } from "../../values/json.ts";
import type { EnvVar } from "../config/cluster/cluster-configuration.ts";

/**
 * Returns the proxy variables of this program's environment, in any case: control-plane components must reach other
 * machines through the same proxy.
 */
export function proxyVariables(environment: Readonly<Record<string, string | undefined>>): readonly EnvVar[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    /_proxy$/i.test(name) && value !== undefined && value !== "" ? [{ name, value }] : [],
  );
}

/** Returns core/v1 EnvVars sorted by name; the last one of a name wins. */
export function containerEnvironment(...variables: readonly (readonly EnvVar[])[]): readonly JsonObject[] {
  const byName = new Map(variables.flat().map((variable) => [variable.name, variable]));
  return [...byName.values()]
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map(({ name, value, valueFrom }) => ({
      name,
      ...(value === undefined || value === "" ? {} : { value }),
      ...(valueFrom === undefined ? {} : { valueFrom: withDefaults(valueFrom) }),
    }));
}

/** Adds the API server's defaults to an EnvVar's source, so that the file equals the mirror Pod. */
function withDefaults(valueFrom: JsonValue): JsonValue {
  if (!isObject(valueFrom)) return valueFrom;
  const { fieldRef } = valueFrom;
  return isObject(fieldRef) ? { ...valueFrom, fieldRef: { apiVersion: "v1", ...fieldRef } } : valueFrom;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
