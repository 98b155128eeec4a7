import { FileError, type Files } from "../../host/host.ts";
import { isUnseen } from "./unseen-file.ts";

/** Returns the names in a directory; none if it cannot be listed for another reason than missing permissions. */
export async function listed(directory: string, files: Pick<Files, "list">): Promise<readonly string[]> {
  try {
    return await files.list(directory);
  } catch (error) {
    if (error instanceof FileError && !isUnseen(error)) return [];
    throw error;
  }
}
