import { defined } from "../values/defined.ts";
import { goQuote } from "./quote.ts";
import { bytesOf, formatFloat, formatValue, type GoValue, isList, isMap, sortedEntries, typeOf } from "./value.ts";

/** Go's fmt.Sprint: adds a space between two values if neither is a string. */
export function sprint(values: readonly GoValue[]): string {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const apart = index > 0 && typeof value !== "string" && typeof before !== "string";
      return (apart ? " " : "") + formatValue(value);
    })
    .join("");
}

/** Go's fmt.Sprintln. */
export function sprintln(values: readonly GoValue[]): string {
  return `${values.map(formatValue).join(" ")}\n`;
}

interface Verb {
  readonly flags: string;
  readonly width?: number;
  readonly precision?: number;
  readonly verb: string;
}

const directive = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.)?/gsu;

/** Go's fmt accepts no larger number from an argument. */
const largestNumber = 1_000_000;

/** Reports whether Go's fmt gives up parsing a number: it checks the value before each further digit. */
function overflows(digits: string | undefined): boolean {
  return digits !== undefined && Number(digits.slice(0, -1)) > largestNumber;
}

/**
 * Go's fmt.Sprintf, including its error texts in the output if verbs and values do not match; explicit argument indexes
 * are not supported.
 */
export function sprintf(format: string, values: readonly GoValue[]): string {
  let used = 0;
  let text = "";
  /** The number that a `*` stands for; undefined, with an error text, if the argument is not a number. */
  const star = (complaint: string, isValid: (value: number) => boolean) => {
    const value = values[used++];
    const number = typeof value === "bigint" ? Number(value) : Number.NaN;
    if (Math.abs(number) <= largestNumber && isValid(number)) return number;
    text += complaint;
    return undefined;
  };
  let at = 0;
  for (const match of format.matchAll(directive)) {
    text += format.slice(at, match.index);
    at = match.index + match[0].length;
    const [, flags = "", width, precision, verb] = match;
    if (overflows(width) || overflows(precision)) {
      text += "%!(NOVERB)";
      at = format.length;
      break;
    }
    const given = width === "*" ? star("%!(BADWIDTH)", () => true) : width === undefined ? undefined : Number(width);
    const digits =
      precision === "*"
        ? star("%!(BADPREC)", (value) => value >= 0)
        : precision === undefined
          ? undefined
          : Number(precision);
    if (verb === undefined) text += "%!(NOVERB)";
    else if (verb === "%") text += "%";
    else if (used >= values.length) text += `%!${verb}(MISSING)`;
    else {
      text += padded(values[used++], {
        flags: given !== undefined && given < 0 ? `${flags}-` : flags,
        verb,
        ...(given === undefined ? {} : { width: Math.abs(given) }),
        ...defined({ precision: digits }),
      });
    }
  }
  text += format.slice(at);
  const extra = values.slice(used).map((value) => typed(value));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(", ")})`;
}

function typed(value: GoValue): string {
  return value === null || value === undefined ? "<nil>" : `${typeOf(value)}=${formatValue(value)}`;
}

function padded(value: GoValue, verb: Verb): string {
  const { flags, width = 0 } = verb;
  if ((isList(value) || isMap(value)) && verb.verb !== "T") return formatCollection(value, verb);
  const text = formatted(value, verb);
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  const zeros = flags.includes("0") && !(typeof value === "bigint" && verb.precision !== undefined);
  if (!zeros) return " ".repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

/** Formats every element with the verb. */
function formatCollection(value: GoValue, verb: Verb): string {
  if (isList(value)) return `[${value.map((each) => padded(each, verb)).join(" ")}]`;
  const entries = isMap(value) ? sortedEntries(value) : [];
  return `map[${entries.map(([key, each]) => `${padded(key, verb)}:${padded(each, verb)}`).join(" ")}]`;
}

function formatted(value: GoValue, verb: Verb): string {
  if (verb.verb === "T") return typeOf(value);
  if (value === null || value === undefined) return verb.verb === "v" ? "<nil>" : `%!${verb.verb}(<nil>)`;
  const text = byType(value, verb);
  return text ?? `%!${verb.verb}(${typed(value)})`;
}

function byType(value: GoValue, verb: Verb): string | undefined {
  switch (typeof value) {
    case "string":
      return formatString(value, verb);
    case "boolean":
      return verb.verb === "t" || verb.verb === "v" ? String(value) : undefined;
    case "bigint":
      return formatInteger(value, verb);
    default:
      return typeof value === "number" ? formatNumber(value, verb) : undefined;
  }
}

function formatString(value: string, { flags, precision, verb }: Verb): string | undefined {
  const text = precision === undefined ? value : [...value].slice(0, precision).join("");
  switch (verb) {
    case "s":
      return text;
    case "v":
      return flags.includes("#") ? goQuote(text) : text;
    case "q":
      return flags.includes("#") && !text.includes("`") ? `\`${text}\`` : goQuote(text);
    case "x":
    case "X": {
      const hex = [...bytesOf(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    default:
      return undefined;
  }
}

const bases: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  d: [10, ""],
  v: [10, ""],
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, ""],
  x: [16, "0x"],
  X: [16, "0X"],
};

function formatInteger(value: bigint, { flags, precision = 0, verb }: Verb): string | undefined {
  const code = Number(value);
  const character = code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  const unicode = `U+${value.toString(16).toUpperCase().padStart(4, "0")}`;
  if (verb === "c") return character;
  if (verb === "q") return `'${character === '"' ? character : goQuote(character).slice(1, -1)}'`;
  if (verb === "U") return flags.includes("#") ? `${unicode} '${character}'` : unicode;
  const [base, prefix] = bases[verb] ?? [0, ""];
  if (base === 0) return undefined;
  const magnitude = (value < 0n ? -value : value).toString(base).padStart(precision, "0");
  const digits = verb === "X" ? magnitude.toUpperCase() : magnitude;
  const before = verb === "O" ? "0o" : flags.includes("#") ? prefix : "";
  return signOf(value < 0n, flags) + before + digits;
}

function signOf(negative: boolean, flags: string): string {
  if (negative) return "-";
  return flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

function formatNumber(value: number, { flags, precision, verb }: Verb): string | undefined {
  const text = floatText(Math.abs(value), verb, precision);
  if (text === undefined) return undefined;
  return signOf(value < 0 || Object.is(value, -0), flags) + text;
}

function floatText(value: number, verb: string, precision: number | undefined): string | undefined {
  switch (verb) {
    case "f":
    case "F":
      return value.toFixed(Math.min(precision ?? 6, 100));
    case "e":
    case "E":
      return scientific(value, precision ?? 6, verb);
    case "v":
    case "g":
    case "G": {
      const text = precision === undefined ? formatFloat(value) : general(value, Math.max(precision, 1));
      return verb === "G" ? text.toUpperCase() : text;
    }
    default:
      return undefined;
  }
}

/** The exponent has at least two digits, as in C. */
function scientific(value: number, digits: number, letter: string): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(Math.min(digits, 100)).split("e");
  const sign = exponent.startsWith("-") ? "-" : "+";
  return `${mantissa}${letter}${sign}${exponent.replace(/^[+-]/, "").padStart(2, "0")}`;
}

function general(value: number, digits: number): string {
  return formatFloat(Number(value.toPrecision(Math.min(digits, 100))), digits);
}
