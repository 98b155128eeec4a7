import { unquoteGo } from "../../go/unquote.ts";

/** Returns the error of a line of klog: `no such file` of `E1126 … "command failed" err="no such file"`. */
export function klogError(line: string): string | undefined {
  const quoted = /\berr=("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  return quoted === undefined ? undefined : (unquoteGo(quoted) ?? quoted);
}
