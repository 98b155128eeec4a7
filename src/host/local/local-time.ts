import { shiftedBy, shiftedByRuntime } from "../../async/clock.ts";
import { zoneOffset } from "../own-environment.ts";
import { errnoOf } from "../system-errors.ts";

let shifted: ((time: Date) => Date) | undefined;

/**
 * `Clock.local` of this machine. A program that bin/frugal-engine.ts has started again does not ask the engine, since it
 * was given the offset.
 */
export function localTime(time: Date, offset: string | undefined = process.env[zoneOffset]): Date {
  return offset !== undefined && /^-?\d{1,3}$/.test(offset) ? shiftedBy(Number(offset), time) : timeOfZone(time);
}

/**
 * The same as the engine knows it. Most servers run in UTC: those do not ask the engine, whose
 * calendars and zones take 1.5 MB of private memory (ADR 17).
 */
export function timeOfZone(time: Date): Date {
  shifted ??= shiftOf(zoneName(process.env["TZ"], (path) => process.getBuiltinModule("node:fs").realpathSync(path)));
  return shifted(time);
}

function shiftOf(zone: string | undefined): (time: Date) => Date {
  if (zone === "UTC") return (time) => time;
  return zone === undefined ? shiftedByRuntime : (time) => shiftedTo(zone, time);
}

/** `time` on the clocks of a zone, in the UTC fields; by the machine's own zone where the engine does not know this one. */
export function shiftedTo(zone: string, time: Date): Date {
  try {
    // Swedish clocks and calendars are written as ISO 8601 has them.
    const [date, clock] = time.toLocaleString("sv-SE", { timeZone: zone }).split(" ");
    const shift = Date.parse(`${date}T${clock}Z`) - Math.floor(time.getTime() / 1000) * 1000;
    return new Date(time.getTime() + shift);
  } catch {
    return shiftedByRuntime(time);
  }
}

/**
 * The name of the zone, where it has to be found here: "UTC", or a zone whose file `TZ` names by an absolute path, with
 * or without a colon, which the engine takes for UTC. Undefined where the engine finds the zone itself. Without `TZ` it is
 * that of /etc/localtime; a machine without either is in UTC.
 */
export function zoneName(variable: string | undefined, realPath: (path: string) => string): string | undefined {
  if (variable === "") return "UTC";
  const file = variable?.replace(/^:/, "") ?? "/etc/localtime";
  const name = file.startsWith("/") ? nameOfFile(file, realPath) : file;
  if (name !== undefined && /^(?:(?:Etc\/)?(?:UTC|UCT|Universal|Zulu)|UTC0)$/.test(name)) return "UTC";
  return variable !== undefined && file.startsWith("/") ? name : undefined;
}

/** The zone of a file below a directory of zones, or of a link to one; UTC where there is no such file, as in Go. */
function nameOfFile(file: string, realPath: (path: string) => string): string | undefined {
  try {
    return /\/zoneinfo\/(?:posix\/)?(.+)$/.exec(realPath(file))?.[1];
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? "UTC" : undefined;
  }
}
