import { defined } from "../values/defined.ts";
import type { Event, EventType, EventTypes } from "./event.ts";

/** Where a run tells what it does. Telling never fails and never waits. */
export interface Events {
  emit<K extends EventType>(type: K, data: EventTypes[K]): void;
  /** The same stream with another phase name on its events. */
  within(phase: string): Events;
}

export type EventSink = (event: Event) => void;

/** Events stamped by `now` and handed to `sink`, in order. */
export function eventsTo(sink: EventSink, now: () => Date, phase?: string): Events {
  return {
    emit: (type, data) => {
      // One member of the union is built from its own key and data; TypeScript cannot follow that correlation.
      const event = { v: 1, time: now().toISOString(), ...defined({ phase }), type, ...data };
      sink(event as unknown as Event);
    },
    within: (name) => eventsTo(sink, now, name),
  };
}

export interface HeldEvents extends Events {
  /** Passes on what was held back, in order, and from now on everything at once. */
  release(): void;
}

/** Events that wait until somebody releases them. */
export function holdEvents(events: Events): HeldEvents {
  let held: (() => void)[] | undefined = [];
  const holding = (target: Events): Events => ({
    emit: (type, data) => {
      if (held === undefined) target.emit(type, data);
      else held.push(() => target.emit(type, data));
    },
    within: (phase) => holding(target.within(phase)),
  });
  return {
    ...holding(events),
    release: () => {
      const waiting = held ?? [];
      held = undefined;
      for (const emit of waiting) emit();
    },
  };
}

/** Only events of these types; the others are not told. */
export function selectedEvents(events: Events, ...types: readonly EventType[]): Events {
  return {
    emit: (type, data) => {
      if (types.includes(type)) events.emit(type, data);
    },
    within: (phase) => selectedEvents(events.within(phase), ...types),
  };
}

/** For library users and tests that do not listen. */
export const silentEvents: Events = { emit: () => undefined, within: () => silentEvents };
