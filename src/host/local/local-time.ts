import { shiftedByRuntime } from "../../async/clock.ts";
import { errnoOf } from "../system-errors.ts";
import { type OffsetAt, readTimeZone } from "./time-zone.ts";

let zone: OffsetAt | undefined;

/**
 * `Clock.local` of this machine. The engine's own local time costs 3.7 MB in the compiled program, for the calendars and
 * zones of its Unicode library; most machines run in UTC or in a zone whose file says all, and then that is enough.
 */
export function localTime(time: Date): Date {
  zone ??= openZone(process.env["TZ"]);
  const offset = zone(time);
  return offset === undefined ? shiftedByRuntime(time) : new Date(time.getTime() + offset * 1000);
}

const utc: OffsetAt = () => 0;
const unknown: OffsetAt = () => undefined;

/** As the C library chooses: by `TZ`, else by /etc/localtime, else UTC. Values of TZ that are no UTC are not read here. */
function openZone(variable: string | undefined): OffsetAt {
  if (variable !== undefined) return ["UTC", "UTC0", "Etc/UTC", ":UTC"].includes(variable) ? utc : unknown;
  try {
    const { readFileSync } = process.getBuiltinModule("node:fs");
    return readTimeZone(readFileSync("/etc/localtime")) ?? unknown;
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? utc : unknown;
  }
}
