import { escapedForHtml } from "./json/escape-html.ts";

/**
 * A value as a Go program of upstream's sees it: JSON values, int64 (bigint) in addition to float64 (number), and
 * undefined for "no value at all", which Go's templates distinguish from null.
 */
export type GoValue = undefined | null | boolean | string | number | bigint | readonly GoValue[] | GoMap;

export interface GoMap {
  readonly [key: string]: GoValue;
}

/**
 * Returns the value with numbers without a fraction as int64, the way Kubernetes' JSON reader passes them to templates.
 */
export function withIntegers(value: GoValue): GoValue {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (isList(value)) return value.map(withIntegers);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withIntegers(each)]));
  return value;
}

export function isList(value: GoValue): value is readonly GoValue[] {
  return Array.isArray(value);
}

export function isMap(value: GoValue): value is GoMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An entry, or undefined. */
export function entryOf(map: GoMap, key: string): GoValue {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** In the order in which Go's templates and its JSON iterate over a map. */
export function sortedEntries(map: GoMap): readonly (readonly [string, GoValue])[] {
  return Object.entries(map)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The type's name in Go's messages. */
export function typeOf(value: GoValue): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "string":
      return "string";
    case "number":
      return "float64";
    case "bigint":
      return "int";
    default:
      if (value === null || value === undefined) return "<nil>";
      return isList(value) ? "[]interface {}" : "map[string]interface {}";
  }
}

/** Like fmt's %v. */
export function formatValue(value: GoValue): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "number") return formatFloat(value);
  if (isList(value)) return `[${value.map(formatValue).join(" ")}]`;
  if (isMap(value))
    return `map[${sortedEntries(value)
      .map(([key, each]) => `${key}:${formatValue(each)}`)
      .join(" ")}]`;
  return String(value);
}

/** The shortest digits that identify the number, with an exponent from 1e+06 on (or another limit) and below 1e-04. */
export function formatFloat(value: number, limit = 6): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < limit) return plainDecimal(digits, exponent);
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** "1.25" and -3: "0.00125". */
function plainDecimal(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** JSON as Go's encoding/json writes it: sorted maps, and escapes for the characters that are special in HTML. */
export function goJson(value: GoValue, indent = ""): string {
  return escapedForHtml(JSON.stringify(sorted(value) ?? null, undefined, indent));
}

function sorted(value: GoValue): unknown {
  if (typeof value === "bigint") return Number(value);
  if (isList(value)) return value.map((each) => sorted(each) ?? null);
  if (isMap(value)) return Object.fromEntries(sortedEntries(value).map(([key, each]) => [key, sorted(each)]));
  return value;
}

const kinds = { boolean: "bool", string: "string", number: "float", bigint: "int" } as const;

/** Values of the same basic kind can be compared; lists, maps and nothing have no basic kind. */
export function basicKind(value: GoValue): "bool" | "string" | "float" | "int" | undefined {
  const type = typeof value;
  return type in kinds ? kinds[type as keyof typeof kinds] : undefined;
}

/** The length of a string as Go counts it. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
