import { ownMinor } from "./minors/minors.ts";

/** Go's message for a quantity that cannot be parsed. */
export class QuantityError extends Error {
  override readonly name = "QuantityError";
}

const formatWrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const numberWrong = "unable to parse numeric part of quantity";
const suffixWrong = "unable to parse quantity's suffix";

type Format = "binary" | "decimal" | "exponent";

interface Suffix {
  /** Power of two for the binary format, of ten for the others. */
  readonly exponent: number;
  readonly format: Format;
}

const decimalSuffixes = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const binarySuffixes = new Map([
  ["Ki", 10],
  ["Mi", 20],
  ["Gi", 30],
  ["Ti", 40],
  ["Pi", 50],
  ["Ei", 60],
]);

/** As the message above says, but no digit can belong to two parts: that would take quadratic time. */
const form = /^([+-]?)([0-9]*)(?:(\.)([0-9]*))?((?:[eEinumkKMGTP]+[-+]?|[-+])[0-9]*|)$/;

const mostInt64 = 2n ** 63n - 1n;
/** This many decimal digits always fit in an int64. */
const safeDigits = 18;
/** The smallest unit of a quantity: nano. */
const finestExponent = -9;
/** Beyond this, writing the number out would take too long. */
const mostExponent = 10_000;
/** Of a number's digits, for the same reason. */
const mostDigits = 10_000;
/** As many significant digits as are kept of a number; the rest is rounded up. */
const keptDigits = { decimal: 29, binary: 70 };
/** No int64 has more. */
const int64Digits = 19;

/**
 * Returns a Kubernetes quantity (`100m`, `1024Mi`, `1e3`) as Go parses and writes it: `1Gi` for `1024Mi`, `500m` for
 * `0.5`. Go has a quick check for texts that need no change: those stay as they are (`+5`). Throws QuantityError.
 */
export function canonicalQuantity(text: string, { boundsQuantities } = ownMinor.rules): string {
  const [, sign = "", integer = "", point = "", fraction = "", suffixText = ""] = form.exec(text) ?? [];
  if (text === "" || !form.test(text)) throw new QuantityError(formatWrong);
  const { exponent, format } = readSuffix(suffixText);
  const digits = integer.replace(/^0+/, "") || "0";
  const beyond = boundsQuantities ? exponentSuffix : () => "";
  const quick = quickAmount({ digits, fraction, exponent, format });
  if (quick !== undefined) {
    if (quick.isCanonical) return text;
    const signed = { unscaled: sign === "-" ? -quick.unscaled : quick.unscaled, exponent: quick.exponent, format };
    return written(signed, beyond);
  }
  if (`${integer}${fraction}` === "") throw new QuantityError(numberWrong);
  const all = { digits: `${integer}${point === "" ? "" : fraction}`, fraction, exponent, format };
  if (!boundsQuantities && digits.length + fraction.length > mostDigits) throw new QuantityError(numberWrong);
  const amount = roundedAmount(all, boundsQuantities ? boundedNumber(all) : exactNumber(all));
  const signed = { ...amount, unscaled: sign === "-" ? -amount.unscaled : amount.unscaled };
  return written(signed, beyond);
}

function readSuffix(text: string): Suffix {
  const decimal = decimalSuffixes.get(text);
  if (decimal !== undefined) return { exponent: decimal, format: "decimal" };
  const binary = binarySuffixes.get(text);
  if (binary !== undefined) return { exponent: binary, format: "binary" };
  const [, exponent] = /^[eE]([-+]?[0-9]+)$/.exec(text) ?? [];
  if (exponent === undefined) throw new QuantityError(suffixWrong);
  if (exponent.replace(/^[-+]?0*/, "").length > int64Digits) throw new QuantityError(suffixWrong);
  const parsed = BigInt(exponent.replace(/^\+/, ""));
  if (parsed > mostInt64 || parsed < -mostInt64 - 1n) throw new QuantityError(suffixWrong);
  return { exponent: Number(BigInt.asIntN(32, parsed)), format: "exponent" };
}

interface Parts extends Suffix {
  /** The digits before the point without leading zeros; all digits for a rounded amount. */
  readonly digits: string;
  readonly fraction: string;
}

interface Amount {
  readonly unscaled: bigint;
  /** Of ten. */
  readonly exponent: number;
  readonly format: Format;
}

/** The value that Go parses into an int64; undefined for what it leaves to numbers of any size. */
function quickAmount({ digits, fraction, exponent, format }: Parts) {
  const room =
    format === "binary"
      ? fraction === ""
        ? 14 - digits.length - Math.trunc((exponent * 3) / 10)
        : -1
      : safeDigits - digits.length - fraction.length;
  const scale = (format === "binary" ? 0 : exponent) - fraction.length;
  if (room < 0 || scale < finestExponent) return undefined;
  const shifted = digits + fraction;
  const value = BigInt(shifted);
  const unscaled = format === "binary" ? value << BigInt(exponent) : value;
  if (unscaled > mostInt64) return undefined;
  const isCanonical =
    format === "binary" ? (value & 7n) !== 0n : scale % 3 === 0 && !shifted.endsWith("000") && !shifted.startsWith("0");
  return { unscaled, exponent: scale, isCanonical };
}

/** Of all digits, as an integer and a power of ten. */
type DigitsRead = Pick<Amount, "unscaled" | "exponent">;

function exactNumber({ digits, fraction }: Parts): DigitsRead {
  return { unscaled: BigInt(digits), exponent: -fraction.length };
}

/** Since 1.38; away from zero, as for what is finer than nano. */
function boundedNumber({ digits, fraction, format }: Parts): DigitsRead {
  const most = format === "binary" ? keptDigits.binary : keptDigits.decimal;
  const significant = digits.replace(/^0+/, "");
  const dropped = significant.slice(most);
  const kept = BigInt(significant.slice(0, most));
  return { unscaled: /[1-9]/.test(dropped) ? kept + 1n : kept, exponent: dropped.length - fraction.length };
}

function roundedAmount({ exponent, format }: Parts, number: DigitsRead): Amount {
  if (Math.abs(exponent) > mostExponent) throw new QuantityError(numberWrong);
  let { unscaled, exponent: scale } = number;
  if (format === "binary") unscaled <<= BigInt(exponent);
  else scale += exponent;
  if (scale < finestExponent) {
    unscaled = dividedUp(unscaled, 10n ** BigInt(finestExponent - scale));
    scale = finestExponent;
  }
  const one = 10n ** BigInt(Math.max(-scale, 0));
  if (format === "binary" && unscaled > mostInt64 * one) return { unscaled: mostInt64, exponent: 0, format };
  const isBelowOne = format === "binary" && unscaled < one;
  return { unscaled, exponent: scale, format: isBelowOne ? "decimal" : format };
}

/** Rounds away from zero: a request for a small amount is never a request for nothing. */
function dividedUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return quotient * divisor === value ? quotient : quotient + 1n;
}

/** `otherwise`: the suffix for a power that has none. */
function written({ unscaled, exponent, format }: Amount, otherwise: (power: number) => string): string {
  if (unscaled === 0n) return "0";
  const whole = format === "binary" ? wholeNumber(unscaled, exponent) : undefined;
  if (whole !== undefined && (whole <= -1024n || whole >= 1024n)) {
    const { value, times } = withoutFactors(whole, 1024n);
    return `${value}${suffixOf(binarySuffixes, times * 10) ?? ""}`;
  }
  const { value, times } = withoutTens(unscaled);
  const power = exponent + times;
  const surplus = ((power % 3) + 3) % 3;
  const mantissa = value * 10n ** BigInt(surplus);
  if (format !== "exponent")
    return `${mantissa}${suffixOf(decimalSuffixes, power - surplus) ?? otherwise(power - surplus)}`;
  return power - surplus === 0 ? `${mantissa}` : `${mantissa}e${power - surplus}`;
}

/** Undefined for a number with a fraction. */
function wholeNumber(unscaled: bigint, exponent: number): bigint | undefined {
  if (exponent >= 0) return unscaled * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return unscaled % divisor === 0n ? unscaled / divisor : undefined;
}

function withoutFactors(value: bigint, factor: bigint): { readonly value: bigint; readonly times: number } {
  let left = value;
  let times = 0;
  while (left % factor === 0n) {
    left /= factor;
    times++;
  }
  return { value: left, times };
}

/** The same for tens, whose number the digits show: each division of a long number takes as long as writing it. */
function withoutTens(value: bigint): { readonly value: bigint; readonly times: number } {
  const digits = value.toString();
  let times = 0;
  while (digits[digits.length - 1 - times] === "0") times++;
  return { value: value / 10n ** BigInt(times), times };
}

function exponentSuffix(power: number): string {
  return `e${power}`;
}

/** Undefined for an exponent that has no suffix: Go wrote none either, before 1.38. */
function suffixOf(suffixes: ReadonlyMap<string, number>, exponent: number): string | undefined {
  for (const [suffix, value] of suffixes) if (value === exponent) return suffix;
  return undefined;
}
