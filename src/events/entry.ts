import { shell } from "../values/shell.ts";
import type { Line } from "./line.ts";

/** What every event has, besides its own fields. */
export interface Stamp {
  /** Version of this format. */
  readonly v: 1;
  /** RFC 3339 with milliseconds. */
  readonly time: string;
  /** Full name of the phase that was running: "control-plane-prepare/certs". */
  readonly phase?: string;
}

/** All that is known of one type of event. Its comment and its fields are also its row in docs/events.md. */
export interface Entry<Fields extends object> {
  /** One event with every field. Tests put hostile texts in the place of each `text`. */
  readonly sample: Readonly<Required<Fields>>;
  /**
   * The lines that people read. Where upstream prints a text, the text is upstream's, because people and scripts search
   * for it.
   */
  readonly lines: (event: Readonly<Fields> & Stamp) => readonly Line[];
}

export type FieldsOf<E> = E extends Entry<infer Fields> ? Readonly<Fields> : never;

/** Stands in samples for any text. */
export const text = "…";
/** The same where a text is a command. */
export const commandText = shell`…`;

/** Declares a type of event: `event<Fields>(sample, lines)`. */
export function event<Fields extends object>(
  sample: Entry<Fields>["sample"],
  lines: Entry<Fields>["lines"],
): Entry<Fields> {
  return { sample, lines };
}
