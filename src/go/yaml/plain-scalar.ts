const words = new Map<string, boolean | number | null>([
  ...forms(["", "~", "null", "Null", "NULL"], null),
  ...forms(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], true),
  ...forms(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], false),
  ...forms([".nan", ".NaN", ".NAN"], Number.NaN),
  ...forms([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], Number.POSITIVE_INFINITY),
  ...forms(["-.inf", "-.Inf", "-.INF"], Number.NEGATIVE_INFINITY),
]);

function forms<T>(texts: readonly string[], value: T): readonly (readonly [string, T])[] {
  return texts.map((text) => [text, value] as const);
}

const integer = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** The meaning of an unquoted text in go-yaml 2: YAML 1.1 words, and numbers in Go's notations. */
export function resolvePlain(text: string): string | number | boolean | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  const [, sign, digits] = integer.exec(withoutSeparators(text)) ?? [];
  if (digits !== undefined) return numberOr(text, signed(sign === "-", Number(goDigits(digits))));
  const plain = text.replaceAll("_", "");
  return float.test(plain) ? numberOr(text, Number(plain)) : text;
}

/** A number that is too large for Go is a text. */
function numberOr(text: string, value: number): string | number {
  return Number.isFinite(value) ? value : text;
}

function signed(isNegative: boolean, value: number): number {
  return isNegative && value !== 0 ? -value : value;
}

/** go-yaml drops every underscore from text that looks like a number. */
function withoutSeparators(text: string): string {
  return text.replaceAll("_", "");
}

/** A leading 0 means octal in Go, like 0o in JavaScript. */
function goDigits(digits: string): string {
  return /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
}

/**
 * `12:30:45`: a base 60 number in YAML 1.1. go-yaml reads it as a string, but quotes it when writing, for other
 * readers.
 */
export function looksLikeBase60(text: string): boolean {
  return /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text);
}

const timestamp =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})| ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?)?$/;

/** A date, or a date and time: a string for Kubernetes' reader, and quoted by its writer. */
export function looksLikeTimestamp(text: string): boolean {
  const [, ...parts] = timestamp.exec(text) ?? [];
  if (parts.length === 0) return false;
  const [year = 0, month = 0, day = 0] = parts.slice(0, 3).map(Number);
  const [hour = 0, minute = 0, second = 0] = parts
    .slice(3)
    .filter((part) => part !== undefined)
    .map(Number);
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= lastDay && hour < 24 && minute < 60 && second < 60;
}
