import { shiftedBy, shiftedByRuntime } from "../../async/clock.ts";
import { zoneOffset } from "../own-environment.ts";
import { errnoOf } from "../system-errors.ts";

let shifted: ((time: Date) => Date) | undefined;

/**
 * Implements `Clock.local` for this machine. A program that bin/frugal-engine.ts has started again gets the offset from
 * the environment, not from the engine.
 */
export function localTime(time: Date, offset: string | undefined = process.env[zoneOffset]): Date {
  return offset !== undefined && /^-?\d{1,3}$/.test(offset) ? shiftedBy(Number(offset), time) : timeOfZone(time);
}

/**
 * Returns the local time according to the engine's time zones. Most servers run in UTC and do not need them; they take
 * 1.5 MB of private memory (ADR 17).
 */
export function timeOfZone(time: Date): Date {
  shifted ??= shiftOf(zoneName(process.env["TZ"], (path) => process.getBuiltinModule("node:fs").realpathSync(path)));
  return shifted(time);
}

function shiftOf(zone: string | undefined): (time: Date) => Date {
  if (zone === "UTC") return (time) => time;
  return zone === undefined ? shiftedByRuntime : (time) => shiftedTo(zone, time);
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
 * Returns "UTC", or the zone of the file that `TZ` names by an absolute path, with or without a colon: the engine treats
 * such a path as UTC. Returns undefined if the engine finds the zone itself. Without `TZ`, the zone is that of
 * /etc/localtime; a machine without that file is in UTC.
 */
export function zoneName(variable: string | undefined, realPath: (path: string) => string): string | undefined {
  if (variable === "") return "UTC";
  const file = variable?.replace(/^:/, "") ?? "/etc/localtime";
  const name = file.startsWith("/") ? nameOfFile(file, realPath) : file;
  if (name !== undefined && /^(?:(?:Etc\/)?(?:UTC|UCT|Universal|Zulu)|UTC0)$/.test(name)) return "UTC";
  return variable !== undefined && file.startsWith("/") ? name : undefined;
}

/** Returns the zone of a file in a zoneinfo directory, or of a link to one; UTC if the file does not exist, as in Go. */
function nameOfFile(file: string, realPath: (path: string) => string): string | undefined {
  try {
    return /\/zoneinfo\/(?:posix\/)?(.+)$/.exec(realPath(file))?.[1];
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? "UTC" : undefined;
  }
}
