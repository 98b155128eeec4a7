import { redacted, Secret } from "./secret.ts";
import { type Found, secretForms } from "./secret-forms.ts";

/**
 * Returns foreign text (a file, a server's answer, a child's output) in which everything is masked that has the form of a
 * secret, over the whole text and not line by line. The forms are PEM private keys, base64 of a key, JSON web tokens and
 * what stands behind `Bearer`, the secret half of a bootstrap token, long hexadecimal numbers such as certificate keys, and
 * the password in a URL. A form also counts if it is cut off, folded over several lines, or if its line breaks are written
 * as `\n`. What is public stays: the ID of a token, certificates, digests behind `sha256:`, the IDs of containers,
 * commits, UIDs. Takes linear time.
 */
export function maskSecrets(text: string): string {
  const found = merged(secretForms.flatMap((form) => form(text)));
  if (found.length === 0) return text;
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, shown = redacted } of found) {
    parts.push(text.slice(done, start), shown);
    done = end;
  }
  return parts.join("") + text.slice(done);
}

/** The same for lines that belong together, such as the end of a log: a secret may stand on several of them. */
export function maskLines(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return lines;
  // A line break within a line is not one between lines.
  const whole = lines.map((line) => line.replaceAll("\n", "\\n")).join("\n");
  const masked = maskSecrets(whole);
  return masked === whole ? lines : masked.split("\n");
}

/**
 * Returns the value with all its texts masked; those of a list of texts are lines that belong together. What is no list and
 * no plain object stays as it is, such as a Secret.
 */
export function maskValue<T>(value: T): T;
export function maskValue(value: unknown): unknown {
  if (typeof value === "string") return maskSecrets(value);
  if (typeof value !== "object" || value === null || value instanceof Secret) return value;
  if (Array.isArray(value))
    return value.every((item) => typeof item === "string") ? maskLines(value) : value.map(maskValue);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item)]));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function merged(found: readonly Found[]): readonly Found[] {
  const result: Found[] = [];
  for (const each of found.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
    const last = result.at(-1);
    if (last === undefined || each.start >= last.end) result.push(each);
    else if (each.end > last.end) result[result.length - 1] = { start: last.start, end: each.end };
  }
  return result;
}
