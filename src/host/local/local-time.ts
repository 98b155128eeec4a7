import { shiftedByRuntime } from "../../async/clock.ts";
import { errnoOf } from "../system-errors.ts";

let isUtc: boolean | undefined;

/**
 * `Clock.local` of this machine, as the engine knows it. Most servers run in UTC: those do not ask the engine, whose
 * calendars and zones take 1.5 MB of private memory (ADR 17).
 */
export function localTime(time: Date): Date {
  isUtc ??= isZoneUtc(process.env["TZ"], (path) => process.getBuiltinModule("node:fs").readlinkSync(path));
  return isUtc ? time : shiftedByRuntime(time);
}

/**
 * Whether the name of the zone says UTC: `TZ`, or else where /etc/localtime leads. A machine without either is in UTC.
 * False also where the name alone does not tell.
 */
export function isZoneUtc(variable: string | undefined, readLink: (path: string) => string): boolean {
  if (variable !== undefined) return ["", "UTC", "UTC0", "Etc/UTC", ":UTC"].includes(variable);
  try {
    return /\/zoneinfo\/(?:Etc\/)?(?:UTC|UCT|Universal|Zulu)$/.test(readLink("/etc/localtime"));
  } catch (error) {
    return errnoOf(error) === "ENOENT";
  }
}
