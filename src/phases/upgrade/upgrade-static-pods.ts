import { throwIfAborted } from "../../async/signal.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { RequestError } from "../../cluster/request-error.ts";
import { pods } from "../../cluster/resources.ts";
import { isKubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import { maskSecrets } from "../../errors/mask-secrets.ts";
import { goQuote } from "../../go/quote.ts";
import { writeYaml } from "../../go/yaml/write-yaml.ts";
import { systemNamespace } from "../../kubeadm/cluster-objects/rbac.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { manifestPath, patchedPod } from "../../kubeadm/control-plane/write-manifest.ts";
import type { Patches } from "../../kubeadm/patches/read-patches.ts";
import type { ReadMirrorUid } from "../../kubeadm/upgrade/control-plane/await-mirror-pods.ts";
import { componentCertificates } from "../../kubeadm/upgrade/control-plane/component-certificates.ts";
import { newStaticPods } from "../../kubeadm/upgrade/control-plane/new-static-pods.ts";
import {
  type ControlPlaneUpgrade,
  upgradeControlPlane,
} from "../../kubeadm/upgrade/control-plane/upgrade-control-plane.ts";
import { makeUpgradeDirectories } from "../../kubeadm/upgrade/control-plane/upgrade-directories.ts";
import { keptEtcd, plannedEtcd } from "../../kubeadm/upgrade/etcd/planned-etcd.ts";
import { restoreMissingEtcd } from "../../kubeadm/upgrade/etcd/restore-missing-etcd.ts";
import { upgradeEtcd } from "../../kubeadm/upgrade/etcd/upgrade-etcd.ts";
import { ownMinor } from "../../kubernetes/minors/minors.ts";
import { newIssuance } from "../issuance.ts";
import { emitTroubleshooting } from "../wait-for-control-plane.ts";
import type { UpgradeRun } from "./context.ts";
import { clusterWrites, localAdminCluster } from "./facts.ts";

/** Upgrades the static Pods of a control plane to the version of its configuration. */
export async function upgradeStaticPods(node: ControlPlaneNode, patches: Patches, run: UpgradeRun): Promise<void> {
  const { context, events, signal } = run;
  const { options, host, record, startedAt } = context;
  const { cluster, timeouts } = node;
  events.emit("upgrade.control-plane.started", {
    command: options.apply === undefined ? "node" : "apply",
    version: cluster.kubernetesVersion,
    timeoutMs: timeouts.upgradeManifests,
  });
  const first = record?.resumed?.journal;
  try {
    const directories = await makeUpgradeDirectories(first?.files.map(({ path }) => path) ?? [], host);
    const certificates = componentCertificates(
      {
        cluster,
        isWanted: options.certificateRenewal,
        since: first === undefined ? startedAt : new Date(first.startedAt),
        directory: directories.oldCertificates,
      },
      { ...newIssuance(node, host, signal), files: host.files, events },
    );
    const ports = {
      ...{ ...host, events, signal, nodeName: node.nodeRegistration.name },
      connectRuntime: () => context.connectContainerRuntime(node.nodeRegistration.criSocket),
      apiServer: await run.value(localAdminCluster),
      readMirrorUid: mirrorReader(node, (await clusterWrites(run)).cluster),
      connectEtcd: context.connectEtcd,
    };
    const upgrade = { node, patches, directories, certificates };
    const ofEtcd: ControlPlaneUpgrade["upgradeEtcd"] = (more) => upgradeEtcd({ ...upgrade, ...more }, ports);
    if (!options.etcdUpgrade) await restoreMissingEtcd({ node, directories }, ports);
    await upgradeControlPlane({ ...upgrade, ...(options.etcdUpgrade ? { upgradeEtcd: ofEtcd } : {}) }, ports);
  } catch (error) {
    if (hasLog(error)) emitTroubleshooting(error, node, events);
    throw withContext(error, "couldn't complete the static pod upgrade");
  }
  events.emit("upgrade.control-plane.finished", {});
}

/** The advice is about containers that do not run; other failures have their own remedy. */
function hasLog(error: unknown): boolean {
  const log = isKubeadmError(error) ? error.details["log"] : undefined;
  return Array.isArray(log) && log.length > 0;
}

/** Shows what a dry run would write, same as upstream: etcd first, and each component, also one that does not change. */
export async function showStaticPods(node: ControlPlaneNode, patches: Patches, run: UpgradeRun): Promise<void> {
  const { context, events } = run;
  const action = `upgrade your static Pod-hosted control plane to version ${goQuote(node.cluster.kubernetesVersion)}`;
  events.emit("dryrun.would", { area: "dryrun", action });
  const { files, machine } = context.host;
  if (ownMinor.rules.showsEtcdUpgrade && context.options.etcdUpgrade) await showEtcd(node, patches, run);
  for (const [component, pod] of await newStaticPods(node, patches, { files, machine, events })) {
    events.emit("dryrun.file", { path: manifestPath(component), content: maskSecrets(writeYaml(pod)) });
  }
}

async function showEtcd(node: ControlPlaneNode, patches: Patches, { context, events }: UpgradeRun): Promise<void> {
  const planned = await plannedEtcd(node, { files: context.host.files, mayBeMissing: true });
  if (planned === undefined) return;
  const { pod, newer } = planned;
  if (newer !== undefined) return events.emit("dryrun.note", { note: keptEtcd(newer) });
  const content = maskSecrets(writeYaml(patchedPod("etcd", pod, patches, events)));
  events.emit("dryrun.file", { path: manifestPath("etcd"), content });
}

const hashAnnotation = "kubernetes.io/config.hash";
const readTimeoutMs = 2_000;

function mirrorReader(node: ControlPlaneNode, cluster: Cluster): ReadMirrorUid {
  return async (component, signal) => {
    const name = `${component}-${node.nodeRegistration.name}`;
    try {
      const pod = await cluster.get(pods, { namespace: systemNamespace, name }, { signal, timeoutMs: readTimeoutMs });
      return { uid: pod.metadata?.annotations?.[hashAnnotation] ?? "" };
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof RequestError || isKubeadmError(error)) {
        return { failure: error.message };
      }
      throw error;
    }
  };
}
