import { normalize } from "node:path/posix";

/**
 * Returns an absolute path as Go's filepath.Clean writes it: without `//`, `/./`, `/../` or a trailing slash. Any other
 * path is returned unchanged.
 */
export function cleanPath(path: string): string {
  return path.startsWith("/") ? normalize(path).replace(/(?<=.)\/$/, "") : path;
}
