import { maskValue } from "../errors/mask-secrets.ts";
import { defined } from "../values/defined.ts";
import type { Event, EventType, EventTypes } from "./event.ts";

/** Receives what a run does, as events. Emitting an event never throws and never waits. */
export interface Events {
  /** Passes on an event of a type with its fields. */
  emit<K extends EventType>(type: K, data: EventTypes[K]): void;
  /** Returns the same stream, with another phase name in its events. */
  within(phase: string): Events;
}

/** Receives each complete event. It must not throw. */
export type EventSink = (event: Event) => void;

/**
 * Returns Events that add the format's version, the time from `now` and the phase, mask what looks like a secret, and pass
 * each event to `sink`.
 */
export function eventsTo(sink: EventSink, now: () => Date, phase?: string): Events {
  return {
    emit: (type, data) => {
      // One member of the union is built from its own key and data; TypeScript cannot follow that correlation.
      const event = { v: 1, time: now().toISOString(), ...defined({ phase }), type, ...maskValue(data) };
      sink(event as unknown as Event);
    },
    within: (name) => eventsTo(sink, now, name),
  };
}

export interface HeldEvents extends Events {
  /** Passes on the events that were held back, in order; later events are passed on immediately. */
  release(): void;
}

/** Returns Events that hold back every event until `release`. */
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

/** Returns Events that pass on only events of these types. */
export function selectedEvents(events: Events, ...types: readonly EventType[]): Events {
  return {
    emit: (type, data) => {
      if (types.includes(type)) events.emit(type, data);
    },
    within: (phase) => selectedEvents(events.within(phase), ...types),
  };
}

/** Events that discard everything, for library users and tests that need none. */
export const silentEvents: Events = { emit: () => undefined, within: () => silentEvents };
