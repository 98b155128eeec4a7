/** Returns a time in UTC as Go prints it, to the second: "2026-11-24 19:28:25 +0000 UTC". */
export function goTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}
