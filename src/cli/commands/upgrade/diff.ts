import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { goQuote } from "../../../go/quote.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { onlyArgument } from "../../../kubeadm/config/upgrade/requested-version.ts";
import { warnOfArguments } from "../../../kubeadm/control-plane/api-server-pod.ts";
import type { ControlPlaneNode } from "../../../kubeadm/control-plane/control-plane-node.ts";
import { controlPlaneComponents } from "../../../kubeadm/control-plane/write-component-manifests.ts";
import { manifestPath, type StaticPodName } from "../../../kubeadm/control-plane/write-manifest.ts";
import { requireUnmixed } from "../../../kubeadm/flags/mixed-flags.ts";
import { keptEtcd, plannedEtcd } from "../../../kubeadm/upgrade/etcd/planned-etcd.ts";
import { manifestChange, manifestChanges } from "../../../kubeadm/upgrade/manifest-changes.ts";
import { controlPlaneToUpgrade } from "../../../kubeadm/upgrade/node/control-plane-to-upgrade.ts";
import { readClusterConfiguration } from "../../../kubeadm/upgrade/read-configuration.ts";
import { ownMinor } from "../../../kubernetes/minors/minors.ts";
import { readSemanticVersion, withLeadingV } from "../../../kubernetes/semantic-version.ts";
import { withOpenedCluster } from "../../../phases/upgrade/opened-cluster.ts";
import type { JsonObject } from "../../../values/json.ts";
import { printingEvents } from "../../printing-session.ts";
import { filePath, machineOf } from "../machine.ts";
import { type DiffInvocation, diffFlags } from "./flags.ts";

/** Prints what an upgrade changes in the static Pod manifests of this control plane. */
export async function runDiff(invocation: DiffInvocation): Promise<number> {
  const { args, changed, flags, ports } = invocation;
  const host = await machineOf(invocation);
  await requireManifests(controlPlaneComponents, host.files);
  requireUnmixed([...changed], diffFlags);
  const events = printingEvents(invocation);
  const paths = { config: filePath(flags.config, invocation), kubeconfig: filePath(flags.kubeconfig, invocation) };
  const reaching = { host, connectTransport: await ports.connectTransport(), events, signal: ports.signal };
  await withOpenedCluster(paths, reaching, async ({ configuration, requests, readNode }) => {
    const cluster = await readClusterConfiguration("upgrade/diff", requests);
    const ownNode = await readNode();
    const requested = onlyArgument(args, configuration.diff.kubernetesVersion);
    const isNamed = requested !== "" || args.length === 1;
    const node = controlPlaneToUpgrade({
      ...{ ...ownNode, timeouts: configuration.timeouts },
      cluster: !isNamed ? cluster : { ...cluster, kubernetesVersion: versionOf(requested), isCi: false },
    });
    const context = changed.has("context-lines") ? undefined : configuration.diff.contextLines;
    warnOfArguments(node, events);
    const contextLines = context ?? flags["context-lines"];
    const etcd = ownMinor.rules.showsEtcdUpgrade ? await etcdOf(node, { files: host.files, events }) : undefined;
    const changes = [
      ...(await manifestChanges(node, contextLines, host)),
      ...(etcd === undefined ? [] : [await manifestChange("etcd", etcd, contextLines, host)]),
    ];
    for (const change of changes) ports.stdout.write(change);
  });
  return 0;
}

/** Returns the Pod that the upgrade gives to etcd; undefined if it leaves etcd alone. */
async function etcdOf(
  node: ControlPlaneNode,
  { files, events }: { readonly files: Files; readonly events: Events },
): Promise<JsonObject | undefined> {
  if (!("local" in node.cluster.etcd)) return undefined;
  await requireManifests(["etcd"], files);
  const planned = await plannedEtcd(node, { files, mayBeMissing: false });
  if (planned?.newer === undefined) return planned?.pod;
  events.emit("warning", { area: "diff", message: keptEtcd(planned.newer) });
  return undefined;
}

/** Same as upstream, checks the manifests before what it does with them. */
async function requireManifests(components: readonly StaticPodName[], files: Pick<Files, "status">): Promise<void> {
  for (const path of components.map(manifestPath)) {
    const status = await files.status(path).catch((error: unknown) => {
      if (!(error instanceof FileError)) throw error;
      const message = `error obtaining stats for manifest file ${goQuote(path)}: stat ${path}: ${error.reason}`;
      throw new KubeadmError("FILE_OPERATION_FAILED", message, { cause: error, details: { path } });
    });
    if (status === undefined) {
      const message = `the manifest file ${goQuote(path)} does not exist: stat ${path}: no such file or directory`;
      throw new KubeadmError("MANIFEST_MISSING", message, { details: { path } });
    }
    if (status.kind === "directory") {
      throw new KubeadmError("MANIFEST_MISSING", `${goQuote(path)} is a directory`, { details: { path } });
    }
  }
}

/** Returns the version with a leading v, as image tags have it. */
function versionOf(text: string): string {
  const reading = readSemanticVersion(text);
  if ("version" in reading) return withLeadingV(text.trim());
  throw new KubeadmError("USAGE", reading.problem, {
    remedy: "Specify an exact version, for example v1.37.2. Labels such as stable are not looked up here.",
  });
}
