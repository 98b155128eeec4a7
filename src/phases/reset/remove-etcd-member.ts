import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { exists } from "../../kubeadm/certificates/certificate-files.ts";
import type { ClusterConfiguration } from "../../kubeadm/config/cluster/cluster-configuration.ts";
import {
  announcedPeerUrl,
  type LocalMember,
  readLocalMember,
  usesEtcdElsewhere,
} from "../../kubeadm/etcd/local-member.ts";
import { defaultEtcdDataDirectory, etcdManifestPath } from "../../kubeadm/paths.ts";
import { emptyDirectory, withFileFailures } from "../../kubeadm/reset/empty-directory.ts";
import { etcdDirectoryToEmpty } from "../../kubeadm/reset/safe-directory.ts";
import { shell } from "../../values/shell.ts";
import type { Run } from "../../workflow/fact.ts";
import { defineResetPhase, outcome, type ResetContext } from "./context.ts";
import { leaveEtcd, type MemberToRemove } from "./etcd-member.ts";
import { clusterConfiguration } from "./facts.ts";
import { unfinishedRun } from "./unfinished-run.ts";
import { emitEmptied } from "./warnings.ts";

export const removeEtcdMember = defineResetPhase({
  name: "remove-etcd-member",
  summary: "Remove a local etcd member",
  description:
    "Remove the etcd member of this control plane from its cluster, and empty its data directory. If the removal fails, reset prints a warning and continues.",
  flags: ["kubeconfig", "dry-run"],
  reads: {},
  writes: [defaultEtcdDataDirectory, "members of etcd"],
  run: (_values, run) =>
    withFileFailures(async () => {
      const etcd = await findEtcd(run);
      if (etcd === undefined) return reportExternalEtcd(run);
      if (etcd.hasMember) await leaveEtcd(etcd, run);
      await emptyDataDirectory(etcd.dataDirectory, run);
    }),
  dryRun: (_values, run) =>
    withFileFailures(async () => {
      const etcd = await findEtcd(run);
      if (etcd === undefined) return reportExternalEtcd(run);
      const would = (action: string) => run.events.emit("dryrun.would", { area: "dryrun", action });
      if (etcd.hasMember) would("remove the etcd member on this node from the etcd cluster");
      if (!etcd.isEmptyNow) would(`delete contents of the etcd data directory: ${etcd.dataDirectory}`);
    }),
});

interface FoundEtcd extends MemberToRemove {
  readonly hasMember: boolean;
  /** The data directory is empty, or does not exist. */
  readonly isEmptyNow: boolean;
}

/** Returns what kubeadm's etcd has left on this machine; undefined if kubeadm does not manage the cluster's etcd. */
async function findEtcd(run: Run<ResetContext>): Promise<FoundEtcd | undefined> {
  const { host } = run.context;
  const configuration = await run.value(clusterConfiguration);
  const local = await readLocalMember(host.files);
  if (configuration === undefined) {
    const message = "No kubeadm config, using etcd pod spec to get data directory";
    run.events.emit("warning", { area: "reset", message });
  }
  if (await isEtcdElsewhere(configuration, local, run)) return undefined;
  const place = dataDirectoryOf(configuration, local);
  const dataDirectory = await etcdDirectoryToEmpty(place.path, { files: host.files, source: place.source });
  const isEmptyNow = await isEmpty(dataDirectory, host.files);
  if (local !== undefined || !isEmptyNow) (await run.value(outcome)).foundTraces = true;
  const journal = await run.value(unfinishedRun);
  const noted = journal?.objects.find(({ kind }) => kind === "EtcdMember")?.name;
  const announced =
    configuration === undefined || local !== undefined ? undefined : (noted ?? (await announcedPeerUrl(host.files)));
  const hasMember = local !== undefined || announced !== undefined || (configuration !== undefined && !isEmptyNow);
  return { configuration, local, announced, dataDirectory, hasMember, isEmptyNow };
}

/** Lists a default data directory that is not empty as a leftover: only its owner knows what it is. */
async function reportExternalEtcd({ context, events, value }: Run<ResetContext>): Promise<void> {
  events.emit("reset.etcd.external", {});
  if (await isEmpty(defaultEtcdDataDirectory, context.host.files)) return;
  (await value(outcome)).remains.push({
    what: `the contents of ${defaultEtcdDataDirectory}: the cluster's etcd was not on this machine`,
    command: shell`rm -rf ${defaultEtcdDataDirectory}/*`,
  });
}

/**
 * Reports whether kubeadm does not manage the cluster's etcd: the default data directory then belongs to someone else.
 * Upstream empties it anyway.
 */
async function isEtcdElsewhere(
  configuration: ClusterConfiguration | undefined,
  local: LocalMember | undefined,
  { context, signal }: Run<ResetContext>,
): Promise<boolean> {
  const { files, services } = context.host;
  if (configuration !== undefined) return "external" in configuration.etcd;
  if (local !== undefined) return local.dataDirectory === undefined;
  if (await exists(etcdManifestPath, files)) return true;
  if (await usesEtcdElsewhere(files)) return true;
  if ((await services.manager()) === "none") return false;
  return (await services.status("etcd", signal)).state === "active";
}

function dataDirectoryOf(
  configuration: ClusterConfiguration | undefined,
  local: LocalMember | undefined,
): { readonly path: string; readonly source: string } {
  if (configuration !== undefined && "local" in configuration.etcd) {
    const path = configuration.etcd.local.dataDir || defaultEtcdDataDirectory;
    return { path, source: "the cluster's etcd.local.dataDir" };
  }
  return { path: local?.dataDirectory ?? defaultEtcdDataDirectory, source: etcdManifestPath };
}

async function emptyDataDirectory(directory: string, run: Run<ResetContext>): Promise<void> {
  const { files, mounts } = run.context.host;
  if (await isEmpty(directory, files)) return;
  const emptied = await emptyDirectory(directory, { files, mountPoints: new Set(await mounts.list()) });
  await emitEmptied(directory, emptied, run);
  if (emptied.removed > 0) run.events.emit("reset.etcd.emptied", { directory });
}

/** A directory that cannot be listed counts as not empty: the attempt to empty it reports why. */
async function isEmpty(directory: string, files: Pick<Files, "list">): Promise<boolean> {
  try {
    return (await files.list(directory)).length === 0;
  } catch (error) {
    if (error instanceof FileError) return error.code === "not-found";
    throw error;
  }
}
