const named: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/**
 * Returns the string that Go's lexer would read, or undefined for an invalid literal: in double quotes, in single
 * quotes of any length (which JSONPath supports), or raw in backquotes.
 */
export function unquoteGo(quoted: string): string | undefined {
  const quote = quoted.at(0);
  const inside = quoted.slice(1, -1);
  if (quoted.length < 2 || quote === undefined || quoted.at(-1) !== quote) return undefined;
  if (quote === "`") return inside.includes("`") ? undefined : inside.replaceAll("\r", "");
  if (quote !== '"' && quote !== "'") return undefined;
  const sequences = /\\(?:[abfnrtv\\]|["']|x[\da-fA-F]{2}|[0-7]{3}|u[\da-fA-F]{4}|U[\da-fA-F]{8})/;
  const plain = inside.replaceAll(new RegExp(sequences, "g"), "");
  if (plain.includes("\\") || plain.includes(quote) || plain.includes("\n")) return undefined;
  let text = "";
  for (const [part] of inside.matchAll(new RegExp(`${sequences.source}|[^\\\\]+`, "g"))) {
    const read = part.startsWith("\\") ? escaped(part.slice(1), quote) : part;
    if (read === undefined) return undefined;
    text += read;
  }
  return text;
}

function escaped(sequence: string, quote: string): string | undefined {
  const [first = ""] = sequence;
  if (named[first] !== undefined && sequence.length === 1) return named[first];
  if (first === '"' || first === "'") return first === quote ? first : undefined;
  const code = /^[xuU]/.test(first) ? Number.parseInt(sequence.slice(1), 16) : Number.parseInt(sequence, 8);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return code > 0xff && first !== "u" && first !== "U" ? undefined : String.fromCodePoint(code);
}
