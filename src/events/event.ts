import type { eventEntries } from "./entries/index.ts";
import type { FieldsOf, Stamp } from "./entry.ts";

type Entries = typeof eventEntries;

/**
 * The types of events, each with its fields. Consumers match on `type`. Names are stable, and fields are only ever added.
 * Values are plain JSON that may contain any character of a server's answer or a file. Secrets are of type Secret, which
 * JSON redacts. Each type is declared by its entry in entries/, of which its lines and docs/events.md are made, too.
 */
export type EventTypes = { readonly [K in keyof Entries]: FieldsOf<Entries[K]> };

/** Name of an event: "phase.started". Names are stable. */
export type EventType = keyof Entries;

/** One type of event. `JSON.stringify` makes the line of `--output json` from it. */
export type EventOf<K extends EventType> = StampOf<K> & EventTypes[K];

interface StampOf<K extends EventType> extends Stamp {
  readonly type: K;
}

/** Any event of a run. `type` discriminates the union. */
export type Event = { readonly [K in EventType]: EventOf<K> }[EventType];

export type { Finding, SystemReportLine } from "./entries/preflight-events.ts";
export type { Leftover } from "./entries/reset-events.ts";
