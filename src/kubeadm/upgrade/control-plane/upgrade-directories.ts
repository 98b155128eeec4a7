import { requireExclusive } from "../../../host/exclusive.ts";
import type { Host } from "../../../host/host.ts";
import { manifestPath, type StaticPodName } from "../../control-plane/write-manifest.ts";
import { temporaryDirectory } from "../../paths.ts";
import { makeBackupDirectory } from "../backups/backup-directory.ts";

/** The directories of an upgrade of a control plane, below /etc/kubernetes/tmp. */
export interface UpgradeDirectories {
  /** The new manifests, before any is in its place. Removed at the end, kept after a failure. */
  readonly upgradedManifests: string;
  /** The old manifests. Kept. */
  readonly oldManifests: string;
  /** The old certificates and kubeconfigs, with their keys. Removed at the end. */
  readonly oldCertificates: string;
  /** For the data of etcd. Kept unless it is empty. */
  readonly etcd: string;
}

const newManifestsPrefix = "kubeadm-upgraded-manifests";

/**
 * Makes the directories. Those of an attempt that was interrupted are used again, so that the copies of what was there
 * before the upgrade stay; `known` are the paths that it has changed.
 */
export async function makeUpgradeDirectories(
  known: readonly string[],
  ports: Pick<Host, "clock"> & { readonly files: Pick<Host["files"], "status" | "makeDirectory"> },
): Promise<UpgradeDirectories> {
  const { files } = ports;
  await requireExclusive(temporaryDirectory, files);
  const backup = async (prefix: string) => {
    const first = directoryAmong(known, `${prefix}-`);
    if (first === undefined) return makeBackupDirectory(prefix, ports);
    await files.makeDirectory(first, { mode: 0o700 });
    return first;
  };
  const random = String(Math.floor(Math.random() * 4e9));
  const upgradedManifests =
    directoryAmong(known, newManifestsPrefix) ?? `${temporaryDirectory}/${newManifestsPrefix}${random}`;
  await files.makeDirectory(upgradedManifests, { mode: 0o700 });
  return {
    upgradedManifests,
    oldManifests: await backup("kubeadm-backup-manifests"),
    oldCertificates: await backup("kubeadm-backup-certificates"),
    etcd: await backup("kubeadm-backup-etcd"),
  };
}

/** Returns a remedy for a static Pod that was restored: the manifest that did not work is only in this directory then. */
export function aboutNewManifest(
  remedy: string,
  component: StaticPodName,
  { upgradedManifests }: Pick<UpgradeDirectories, "upgradedManifests">,
): string {
  return remedy.replaceAll(manifestPath(component), `${upgradedManifests}/${component}.yaml`);
}

function directoryAmong(paths: readonly string[], prefix: string): string | undefined {
  const start = `${temporaryDirectory}/${prefix}`;
  return paths.find((path) => path.startsWith(start) && !path.slice(start.length).includes("/"));
}
