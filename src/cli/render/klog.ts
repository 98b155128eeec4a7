/** `W1124 15:04:05.123456   12345 kubeadm.ts:1] text`: the form of klog's lines, which log collectors parse. */
export function klogLine(
  severity: "I" | "W" | "E",
  text: string,
  options: { readonly time: string; readonly pid: number },
): string {
  const time = new Date(options.time);
  const day = two(time.getMonth() + 1) + two(time.getDate());
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  const micros = String(time.getMilliseconds() * 1000).padStart(6, "0");
  return `${severity}${day} ${clock}.${micros} ${String(options.pid).padStart(7)} kubeadm.ts:1] ${text}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
