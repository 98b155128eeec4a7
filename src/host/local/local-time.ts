import { realpathSync } from "node:fs";
import { shiftedByRuntime } from "../../async/clock.ts";

let zone: { readonly name: string | undefined } | undefined;

/** Implements `Clock.local` for this machine. */
export function localTime(time: Date): Date {
  zone ??= { name: zoneOfPath(process.env["TZ"], realpathSync) };
  return zone.name === undefined ? shiftedByRuntime(time) : shiftedTo(zone.name, time);
}

/** Returns a time with the zone's local time in its UTC fields. Uses the machine's zone if the engine does not know it. */
export function shiftedTo(zone: string, time: Date): Date {
  try {
    // The Swedish format is that of ISO 8601.
    const [date, clock] = time.toLocaleString("sv-SE", { timeZone: zone }).split(" ");
    const shift = Date.parse(`${date}T${clock}Z`) - Math.floor(time.getTime() / 1000) * 1000;
    return new Date(time.getTime() + shift);
  } catch {
    return shiftedByRuntime(time);
  }
}

/**
 * Returns the zone of the file that `TZ` names by an absolute path, with or without a colon, as Go reads it: the engine
 * knows zones by name alone and takes a path for UTC. Returns undefined for anything else, which the engine understands.
 */
export function zoneOfPath(variable: string | undefined, realPath: (path: string) => string): string | undefined {
  const file = variable?.replace(/^:/, "");
  if (file?.startsWith("/") !== true) return undefined;
  try {
    return /\/zoneinfo\/(?:posix\/)?(.+)$/.exec(realPath(file))?.[1];
  } catch {
    return undefined;
  }
}
