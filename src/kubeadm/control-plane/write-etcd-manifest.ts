import { withContext } from "../../errors/kubeadm-error.ts";
import type { Files } from "../../host/host.ts";
import { within } from "../certificates/certificate-files.ts";
import type { Patches } from "../patches/read-patches.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import { etcdPod, type InitialMember } from "./etcd-pod.ts";
import { type ManifestPorts, writeManifest } from "./write-manifest.ts";

/** Creates the data directory of a stacked etcd, accessible by its owner only; an existing one is unchanged. */
export async function makeEtcdDataDirectory(
  { cluster }: Pick<ControlPlaneNode, "cluster">,
  files: Pick<Files, "makeDirectory">,
): Promise<void> {
  if ("local" in cluster.etcd) await files.makeDirectory(cluster.etcd.local.dataDir, { mode: 0o700 });
}

export interface EtcdManifest {
  /** All members of the cluster to join, including this one; undefined for a new cluster. */
  readonly initialCluster?: readonly InitialMember[];
  readonly patches: Patches;
}

/** Returns the patches for etcd's Pod; adds upstream's context if they cannot be read. */
export function patchesOfEtcd(patches: Promise<Patches>): Promise<Patches> {
  const context = 'failed to patch static Pod manifest file for "etcd"';
  return within(failure, within(context, patches));
}

const failure = "error creating local etcd static pod manifest file";

/** Writes the patched Pod of a stacked etcd; does nothing if etcd is external. Throws PATCH_INVALID. */
export async function writeEtcdManifest(
  node: ControlPlaneNode,
  { initialCluster, patches }: EtcdManifest,
  ports: ManifestPorts,
): Promise<void> {
  const { etcd } = node.cluster;
  if (!("local" in etcd)) return;
  try {
    await writeManifest("etcd", etcdPod(node, etcd.local, initialCluster), patches, ports);
  } catch (error) {
    throw withContext(error, failure);
  }
}
