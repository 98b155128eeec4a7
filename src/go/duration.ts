import { goQuote } from "./quote.ts";

/** Nanoseconds per unit of a Go duration. */
const units: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["\u00b5s", 1_000n],
  ["\u03bcs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);

const largest = 2n ** 63n;

/** What is wrong with a text that should be a duration; the message is Go's. */
export class DurationError extends Error {}

/** Returns the milliseconds of a Go duration such as `1h2m3.5s`; throws DurationError with Go's message. */
export function parseDuration(text: string): number {
  const negative = text.startsWith("-");
  let rest = negative || text.startsWith("+") ? text.slice(1) : text;
  if (rest === "0") return 0;
  if (rest === "") throw invalid(text);
  let total = 0n;
  while (rest !== "") {
    const [, whole = "", fraction, unit = ""] = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest) ?? [];
    if (whole === "" && (fraction ?? "") === "") throw invalid(text);
    if (unit === "") throw new DurationError(`time: missing unit in duration ${goQuote(text)}`);
    const scale = units.get(unit);
    if (scale === undefined)
      throw new DurationError(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`);
    total += BigInt(whole || "0") * scale + fractionOf(fraction ?? "", scale);
    if (total > largest || (total === largest && !negative)) throw invalid(text);
    rest = rest.slice(whole.length + (fraction === undefined ? 0 : fraction.length + 1) + unit.length);
  }
  return toMilliseconds(negative ? -total : total);
}

function fractionOf(digits: string, scale: bigint): bigint {
  // Go drops digits that do not fit; 18 digits are precise to less than a nanosecond of an hour.
  const kept = digits.slice(0, 18);
  return kept === "" ? 0n : (BigInt(kept) * scale) / 10n ** BigInt(kept.length);
}

function toMilliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1e6;
}

function invalid(text: string): DurationError {
  return new DurationError(`time: invalid duration ${goQuote(text)}`);
}

/** Returns a duration in milliseconds as Go prints it: 240000 is `4m0s`, 501.4 is `501.4ms`, 0 is `0s`. */
export function formatDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? "-" : "";
  const whole = Math.trunc(Math.abs(milliseconds));
  const nanoseconds = BigInt(whole) * 1_000_000n + BigInt(Math.round((Math.abs(milliseconds) - whole) * 1e6));
  if (nanoseconds === 0n) return "0s";
  if (nanoseconds < 1_000n) return `${sign}${nanoseconds}ns`;
  if (nanoseconds < 1_000_000n) return `${sign}${decimal(nanoseconds, 3)}\u00b5s`;
  if (nanoseconds < 1_000_000_000n) return `${sign}${decimal(nanoseconds, 6)}ms`;
  const minutes = nanoseconds / 60_000_000_000n;
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return `${sign}${seconds}`;
  const hours = minutes / 60n;
  return hours === 0n ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60n}m${seconds}`;
}

/** `value / 10^digits` without trailing zeros. */
function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, "0");
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`.replace(/\.?0+$/, "");
}
