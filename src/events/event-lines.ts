import { eventEntries } from "./entries/index.ts";
import type { Entry } from "./entry.ts";
import type { EventOf, EventType, EventTypes } from "./event.ts";
import type { Line } from "./line.ts";

const entries: { readonly [K in EventType]: Entry<EventTypes[K]> } = eventEntries;

/** Returns the lines that people read instead of the event. */
export function linesOf<K extends EventType>(event: EventOf<K>): readonly Line[] {
  return entries[event.type].lines(event);
}
