/** "340 ms", "12.3 s", "2 min 5 s" */
export function durationText(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/** Seconds since the beginning of the run: "+12.34 s". */
export function offsetText(milliseconds: number): string {
  return `+${(milliseconds / 1_000).toFixed(2)} s`;
}

/** "2026-11-24 15:04:05 UTC"; the text itself where it is no time. */
export function timeText(time: string): string {
  const text = utc(time);
  return text === undefined ? time : `${text} UTC`;
}

/** "2026-11-24 15:04", in UTC */
export function minuteText(time: string): string {
  return utc(time)?.slice(0, 16) ?? time;
}

function utc(time: string): string | undefined {
  const parsed = Date.parse(time);
  // Other years have another form, and no clock shows them.
  if (Number.isNaN(parsed) || parsed < 0 || parsed > 253_402_300_799_000) return undefined;
  return new Date(parsed).toISOString().slice(0, 19).replace("T", " ");
}
