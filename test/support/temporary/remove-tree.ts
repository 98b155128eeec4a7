import { readFileSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Removes a directory and what is in it. Links go as such: nothing that they lead to is touched. Throws, with all left
 * as it is, where something is mounted in it, since its files are another's.
 */
export function removeTree(path: string): void {
  const [mount] = mountsBelow(path);
  if (mount !== undefined) throw new Error(`${mount} is a mount: not removed`);
  rmSync(path, { recursive: true, force: true, maxRetries: 10 });
}

function mountsBelow(path: string): readonly string[] {
  const real = join(realpathSync(dirname(path)), basename(path));
  return mountPoints().filter((point) => point === real || point.startsWith(`${real}/`));
}

/** As this process sees them: those of other mount namespaces vanish with their directories, and their files stay. */
function mountPoints(): readonly string[] {
  let table: string;
  try {
    table = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return [];
  }
  return table.split("\n").map((line) => unescaped(line.split(" ")[4] ?? ""));
}

/** Blanks, tabs, line breaks and backslashes stand as `\040`. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
