import { maskValue } from "../errors/mask-secrets.ts";
import { isRecord } from "../values/json.ts";

/** An event as it is in a line of JSON. It may come from anywhere: no field is certain. */
export type PlainEvent = Readonly<Record<string, unknown>>;

/** The events as plain JSON: what has the form of a secret becomes "[redacted]". Values that are no objects are left out. */
export function plainEvents(events: readonly unknown[]): readonly PlainEvent[] {
  return events.flatMap((event) => {
    const plain: unknown = JSON.parse(JSON.stringify(event) ?? "null");
    return isRecord(plain) ? [maskValue(plain)] : [];
  });
}

/** The field as a text; empty if there is none. */
export function textOf(event: PlainEvent, field: string): string {
  const value = ownValue(event, field);
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** The field as a finite number that is not negative. */
export function numberOf(event: PlainEvent, field: string): number | undefined {
  const value = ownValue(event, field);
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

export function textsOf(event: PlainEvent, field: string): readonly string[] {
  const value = ownValue(event, field);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function recordsOf(event: PlainEvent, field: string): readonly PlainEvent[] {
  const value = ownValue(event, field);
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function recordOf(event: PlainEvent, field: string): PlainEvent {
  const value = ownValue(event, field);
  return isRecord(value) ? value : {};
}

/** A field named like a method of every object is no field of this one. */
function ownValue(event: PlainEvent, field: string): unknown {
  return Object.hasOwn(event, field) ? event[field] : undefined;
}
