import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { FileError, type Files } from "../../host/host.ts";
import type { ClusterConfiguration } from "../../kubeadm/apis/cluster-configuration.ts";
import { apiServerManifestPath, defaultEtcdDataDirectory, etcdManifestPath } from "../../kubeadm/paths.ts";
import { emptyDirectory } from "../../kubeadm/reset/empty-directory.ts";
import { withFileFailures } from "../../kubeadm/reset/file-failures.ts";
import { directoryToEmpty } from "../../kubeadm/reset/safe-directory.ts";
import type { Run } from "../../workflow/fact.ts";
import { defineResetPhase, type ResetContext } from "./context.ts";
import { clusterConfiguration } from "./facts.ts";
import { tellEmptied } from "./tell-emptied.ts";

export const removeEtcdMember = defineResetPhase({
  name: "remove-etcd-member",
  summary: "Remove a local etcd member",
  description:
    "Empty etcd's data directory. A node that runs a member of the cluster's etcd is refused: the member has to be removed before.",
  flags: ["kubeconfig", "dry-run"],
  reads: {},
  writes: [defaultEtcdDataDirectory],
  run: (_values, run) => withFileFailures(() => removeLocalEtcd(run)),
});

async function removeLocalEtcd(run: Run<ResetContext>): Promise<void> {
  await requireNoMember(run.context.host.files);
  const configuration = await run.value(clusterConfiguration);
  if (await isEtcdElsewhere(configuration, run)) return run.events.emit("reset.etcd.external", {});
  await emptyDataDirectory(dataDirectoryOf(configuration, run), configuration, run);
}

async function requireNoMember(files: Pick<Files, "status">): Promise<void> {
  if ((await files.status(etcdManifestPath)) === undefined) return;
  const message = `this node runs an etcd member (${etcdManifestPath}), which has to be removed from its etcd cluster first`;
  throw new KubeadmError("ETCD_MEMBER_PRESENT", message, { details: { manifest: etcdManifestPath } });
}

/**
 * Whether the cluster's etcd is not kubeadm's: then what lies in etcd's usual place is somebody else's. Upstream empties
 * it all the same.
 */
async function isEtcdElsewhere(
  configuration: ClusterConfiguration | undefined,
  { context, signal }: Run<ResetContext>,
): Promise<boolean> {
  const { files, services } = context.host;
  if (configuration !== undefined) return "external" in configuration.etcd;
  if ((await files.status(apiServerManifestPath)) !== undefined) return true;
  if ((await services.manager()) === "none") return false;
  return (await services.status("etcd", signal)).state === "active";
}

function dataDirectoryOf(configuration: ClusterConfiguration | undefined, { events }: Run<ResetContext>): string {
  if (configuration !== undefined && "local" in configuration.etcd) {
    return configuration.etcd.local.dataDir || defaultEtcdDataDirectory;
  }
  const message = "No kubeadm config, using etcd pod spec to get data directory";
  events.emit("warning", { area: "reset", message });
  return defaultEtcdDataDirectory;
}

async function emptyDataDirectory(
  path: string,
  configuration: ClusterConfiguration | undefined,
  run: Run<ResetContext>,
): Promise<void> {
  const { host, options, outcome } = run.context;
  const { files, mounts } = host;
  const directory = await directoryToEmpty(path, { files, source: "the cluster's etcd.local.dataDir" });
  if (await isEmpty(directory, files)) return;
  outcome.foundTraces = true;
  if (options.dryRun) {
    const action = `delete contents of the etcd data directory: ${directory}`;
    return run.events.emit("dryrun.would", { area: "dryrun", action });
  }
  if (configuration !== undefined) warnOfMember(run);
  const emptied = await emptyDirectory(directory, { files, mountPoints: new Set(await mounts.list()) });
  tellEmptied(directory, emptied, run);
  if (emptied.removed > 0) run.events.emit("reset.etcd.emptied", { directory });
}

/** What cannot be listed is not empty: the attempt tells why. */
async function isEmpty(directory: string, files: Pick<Files, "list">): Promise<boolean> {
  try {
    return (await files.list(directory)).length === 0;
  } catch (error) {
    if (error instanceof FileError) return error.code === "not-found";
    throw error;
  }
}

/** There is data of a member, but no Pod any more that would run it. */
function warnOfMember({ events }: Run<ResetContext>): void {
  const message =
    "Failed to remove etcd member: its static Pod is gone already, please manually remove this etcd member using etcdctl";
  events.emit("warning", { area: "reset", message });
}
