import { orElse } from "../../async/or-else.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { defaultEtcdDataDirectory, etcdManifestPath } from "../paths.ts";

/**
 * Reports whether this machine may hold a member of etcd, perhaps the last one: there is its manifest, or data. What
 * cannot be seen may be there. Nothing advises to reset such a machine.
 */
export async function mayHoldMember(files: Pick<Files, "status">): Promise<boolean> {
  return orElse(true, FileError, async () => {
    const found = await Promise.all(
      [etcdManifestPath, `${defaultEtcdDataDirectory}/member`].map((path) => files.status(path)),
    );
    return found.some((status) => status !== undefined);
  });
}
