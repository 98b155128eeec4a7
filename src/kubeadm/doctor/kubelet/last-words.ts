import { klogError } from "../../kubelet/klog-error.ts";

/**
 * Returns what a line of the kubelet's log says, without klog's head and quoting: `failed to load kubelet config file …`
 * of `E1126 14:00:00.000000 1 run.go:72] "command failed" err="failed to load kubelet config file …"`.
 */
export function lastWords(line: string): string {
  const error = klogError(line);
  if (error !== undefined) return error.replace(/\s+/g, " ");
  return line.replace(/^[IWEF]\d{4} [\d:.]+ +\d+ [^\]]*\] /, "").replace(/^Error: /, "");
}
