import type { Files } from "../host/host.ts";
import { digestOf, type FileState } from "./journal.ts";

/** Returns what is at a path, and the content if it is a file. Throws FileError. */
export async function readState(
  files: Pick<Files, "status" | "read">,
  path: string,
): Promise<{ readonly state: FileState; readonly content?: Uint8Array }> {
  const status = await files.status(path);
  if (status === undefined) return { state: { kind: "absent" } };
  switch (status.kind) {
    case "symlink":
      return { state: { kind: "symlink", target: status.target ?? "" } };
    case "directory":
      return { state: { kind: "directory" } };
    case "file": {
      const content = await files.read(path);
      return { state: { kind: "file", digest: digestOf(content), mode: status.mode }, content };
    }
    default:
      return { state: { kind: "other" } };
  }
}
