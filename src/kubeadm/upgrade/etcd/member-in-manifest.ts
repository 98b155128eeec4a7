import { orElse } from "../../../async/or-else.ts";
import { KubeadmError, withContext } from "../../../errors/kubeadm-error.ts";
import { isMissing } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { defined } from "../../../values/defined.ts";
import { lastFlag, readManifestContainer } from "../../control-plane/component-endpoints.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { type LocalMember, readLocalMember } from "../../etcd/local-member.ts";

/** The member of this machine, as its static Pod was before the upgrade, or is. */
export interface MemberInManifest extends LocalMember {
  readonly image: string;
  /** Of the write-ahead log, if it is not among the other data. */
  readonly walDirectory?: string;
}

const context = "failed to retrieve the current etcd version";

/**
 * Reads the manifest of etcd or, if an interrupted attempt has taken it away, the copy in the backup directory. Throws
 * MANIFEST_MISSING, MANIFEST_INVALID.
 */
export async function readMember(backupDirectory: string, files: Pick<Files, "readText">): Promise<MemberInManifest> {
  const text = (await textOf(manifestPath("etcd"), files)) ?? (await textOf(`${backupDirectory}/etcd.yaml`, files));
  if (text === undefined) {
    const path = manifestPath("etcd");
    throw new KubeadmError("MANIFEST_MISSING", `${context}: ${path} does not exist`, { details: { path } });
  }
  const manifest = { readText: async () => text };
  try {
    const { image, argv } = await readManifestContainer("etcd", manifest);
    const member = await readLocalMember(manifest);
    const empty = { name: "", peerUrls: [], clientUrls: [], initialPeerUrls: [] };
    const walDirectory = defined({ walDirectory: lastFlag(argv, "wal-dir") });
    return { ...(member ?? empty), image, ...walDirectory };
  } catch (error) {
    throw withContext(error, context);
  }
}

async function textOf(path: string, files: Pick<Files, "readText">): Promise<string | undefined> {
  return orElse(undefined, isMissing, () => files.readText(path));
}
