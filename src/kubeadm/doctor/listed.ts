import { orElse } from "../../async/or-else.ts";
import type { Files } from "../../host/host.ts";
import { isUnusable } from "./unread-file.ts";

/** Returns the names in a directory; none if it cannot be listed for another reason than missing permissions. */
export async function listed(directory: string, files: Pick<Files, "list">): Promise<readonly string[]> {
  return orElse([], isUnusable, () => files.list(directory));
}
