import { readFileSync } from "node:fs";

/**
 * Returns the variables of a systemd EnvironmentFile; none if it does not exist (`EnvironmentFile=-…`). kubeadm writes
 * values in double quotes with C-like escapes, packages write plain ones.
 */
export function readEnvironmentFile(path: string): ReadonlyMap<string, string> {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch {
    return new Map();
  }
  const variables = new Map<string, string>();
  for (const line of content.split("\n")) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*$/.exec(line);
    if (match !== null) variables.set(match[1] ?? "", unquote(match[2] ?? ""));
  }
  return variables;
}

function unquote(value: string): string {
  if (value.startsWith("'") && value.endsWith("'")) return value.slice(1, -1);
  if (!value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replace(/\\(.)/g, "$1");
}

/** Expands an unbraced `$VARIABLE` in ExecStart as systemd does: its words, split at whitespace. */
export function wordsOf(value: string): readonly string[] {
  return value.split(/\s+/).filter((word) => word !== "");
}
