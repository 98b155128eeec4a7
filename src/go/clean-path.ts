import { normalize } from "node:path/posix";

/** An absolute path as Go's filepath.Clean writes it: no `//`, `/./`, `/../`, nor a slash at the end; any other as it is. */
export function cleanPath(path: string): string {
  return path.startsWith("/") ? normalize(path).replace(/(?<=.)\/$/, "") : path;
}
