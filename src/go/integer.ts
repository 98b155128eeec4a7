/** Why a text is not an integer, in Go's words. */
export type IntegerProblem = "invalid syntax" | "value out of range";

/**
 * Parses a signed integer of so many bits, as Go's strconv.ParseInt does. Base 0 accepts Go's prefixes and underscores.
 * Returns the problem if the text is invalid.
 */
export function parseInteger(
  text: string,
  { base, bits }: { readonly base: 0 | 10; readonly bits: bigint },
): number | IntegerProblem {
  const sign = /^[+-]/.test(text) ? text.slice(0, 1) : "";
  const digits = text.slice(sign.length);
  const magnitude = base === 10 ? decimalDigits(digits) : goLiteral(digits);
  if (magnitude === undefined) return "invalid syntax";
  const value = sign === "-" ? -magnitude : magnitude;
  const limit = 1n << (bits - 1n);
  return value >= limit || value < -limit ? "value out of range" : Number(value);
}

function decimalDigits(text: string): bigint | undefined {
  return /^[0-9]+$/.test(text) ? BigInt(text) : undefined;
}

/** Parses an unsigned integer literal of Go: 0x1F, 0b1, 0o17, 017, 1_000. */
function goLiteral(text: string): bigint | undefined {
  const [, prefix = "", digits = ""] = /^(0[xXbBoO]|0(?=[0-9_]))?(.*)$/.exec(text) ?? [];
  const underscored = prefix === "" ? /^[0-9]+(_[0-9]+)*$/ : /^(?:_?[0-9a-fA-F])+$/;
  if (!underscored.test(digits)) return undefined;
  const plain = digits.replaceAll("_", "");
  switch (prefix.toLowerCase()) {
    case "0x":
      return BigInt(`0x${plain}`);
    case "0b":
      return /^[01]+$/.test(plain) ? BigInt(`0b${plain}`) : undefined;
    case "0o":
    case "0":
      return /^[0-7]+$/.test(plain) ? BigInt(`0o${plain}`) : undefined;
    default:
      return decimalDigits(plain);
  }
}
