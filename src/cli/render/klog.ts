/**
 * Returns how a line of klog begins: `W1124 15:04:05.123456   12345 kubeadm.ts:1]`, which log collectors parse. `time` has
 * local time in its UTC fields.
 */
export function klogHead(severity: "I" | "W" | "E", options: { readonly time: Date; readonly pid: number }): string {
  const { time, pid } = options;
  const day = two(time.getUTCMonth() + 1) + two(time.getUTCDate());
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()].map(two).join(":");
  const micros = String(time.getUTCMilliseconds() * 1000).padStart(6, "0");
  return `${severity}${day} ${clock}.${micros} ${String(pid).padStart(7)} kubeadm.ts:1]`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
