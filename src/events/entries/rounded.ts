import { formatDuration } from "../../go/duration.ts";

/** Returns a duration for a line that upstream does not print, in whole milliseconds. */
export function rounded(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds));
}
