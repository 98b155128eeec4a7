import type { JsonObject, JsonValue } from "../../go/yaml/node.ts";
import type { EnvVar } from "../config/cluster/cluster-configuration.ts";

/**
 * The variables by which this program is told of proxies, in whatever case: what reaches other machines from the control
 * plane has to take the same way.
 */
export function proxyVariables(environment: Readonly<Record<string, string | undefined>>): readonly EnvVar[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    /_proxy$/i.test(name) && value !== undefined && value !== "" ? [{ name, value }] : [],
  );
}

/** core/v1 EnvVars sorted by name; of two of one name the later one counts. */
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

/** The API server's own default for what an EnvVar refers to: the file says what the mirror Pod will say. */
function withDefaults(valueFrom: JsonValue): JsonValue {
  if (!isObject(valueFrom)) return valueFrom;
  const { fieldRef } = valueFrom;
  return isObject(fieldRef) ? { ...valueFrom, fieldRef: { apiVersion: "v1", ...fieldRef } } : valueFrom;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
