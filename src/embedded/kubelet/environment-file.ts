import { readFileSync } from "node:fs";

/**
 * The variables of a systemd EnvironmentFile; of one that does not exist, none (`EnvironmentFile=-…`). kubeadm writes
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

/** What systemd makes of an unbraced `$VARIABLE` in ExecStart: its words, split at white space. */
export function wordsOf(value: string): readonly string[] {
  return value.split(/\s+/).filter((word) => word !== "");
}
