import { type PlainEvent, textOf } from "./plain-event.ts";

/** An event and when it happened: milliseconds since the beginning of the run. */
export interface TimedEvent {
  readonly atMs: number;
  readonly event: PlainEvent;
}

/**
 * The events of the last run among them, by time. An event whose time is before the one of its predecessor, because the
 * clock was set, counts as simultaneous; so does one without a time.
 */
export function timedEvents(events: readonly PlainEvent[]): readonly TimedEvent[] {
  const start = events.findLastIndex((event) => textOf(event, "type") === "run.started");
  let previous: number | undefined;
  let atMs = 0;
  return events.slice(Math.max(0, start)).map((event) => {
    const time = Date.parse(textOf(event, "time"));
    if (!Number.isNaN(time)) {
      atMs += previous === undefined ? 0 : Math.max(0, time - previous);
      previous = time;
    }
    return { atMs, event };
  });
}

/** How many runs the events are of. */
export function runsIn(events: readonly PlainEvent[]): number {
  return events.filter((event) => textOf(event, "type") === "run.started").length;
}
