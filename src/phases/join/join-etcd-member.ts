import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import { maskSecrets } from "../../errors/mask-secrets.ts";
import { silentEvents } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import type { Files } from "../../host/host.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { etcdClientUrl, etcdPeerUrl } from "../../kubeadm/control-plane/etcd-pod.ts";
import { findMemberCause } from "../../kubeadm/control-plane/find-cause.ts";
import { writeComponentManifests } from "../../kubeadm/control-plane/write-component-manifests.ts";
import { makeEtcdDataDirectory, writeEtcdManifest } from "../../kubeadm/control-plane/write-etcd-manifest.ts";
import { discardEtcdData, readEtcdData } from "../../kubeadm/etcd/etcd-data.ts";
import { joinEtcdMember } from "../../kubeadm/etcd/join-member.ts";
import { appliedIndexOfLocalEtcd, restartLocalEtcd } from "../../kubeadm/etcd/running-member.ts";
import { effectiveNodeName } from "../../kubeadm/kubelet/kubelet-environment.ts";
import type { Patches } from "../../kubeadm/patches/read-patches.ts";
import { etcdManifestPath } from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { diagnosisPorts, emitTroubleshooting } from "../wait-for-control-plane.ts";
import type { JoinContext } from "./context.ts";
import { writesApiServerWithEtcd } from "./control-plane-manifests.ts";
import { connectedEtcd, etcdPorts } from "./etcd-connection.ts";

export interface MemberValues {
  readonly node: ControlPlaneNode;
  readonly patches: Patches;
}

export async function joinEtcd(
  { node, patches }: MemberValues,
  dataDirectory: string,
  run: Run<JoinContext>,
): Promise<void> {
  const { host } = run.context;
  const { events } = run;
  const data = await readEtcdData(dataDirectory, host.files);
  const directory = revertibleFiles(host.files);
  run.onFailure("remove the data directory of etcd", () => directory.revert());
  await makeEtcdDataDirectory(node, directory);
  const manifests = revertibleFiles(host.files);
  const { advertiseAddress } = node.localAPIEndpoint;
  const { name, kubeletExtraArgs, criSocket } = node.nodeRegistration;
  const peerUrl = etcdPeerUrl(advertiseAddress);
  const diagnosis = diagnosisPorts(node, run);
  await joinEtcdMember(
    {
      name,
      peerUrl,
      clientUrl: etcdClientUrl(advertiseAddress),
      dataDirectory,
      data,
      wasBegun: wasBegun(peerUrl, run),
      start: async (initialCluster) => {
        await writeEtcdManifest(node, { initialCluster, patches }, { files: manifests, events });
        await writeApiServerManifest({ node, patches }, manifests, run);
      },
      appliedIndex: (signal) => appliedIndexOfLocalEtcd(host, signal),
      restart: (signal) =>
        restartLocalEtcd(
          {
            nodeName: effectiveNodeName(name, kubeletExtraArgs),
            runtime: run.context.connectContainerRuntime(criSocket),
          },
          signal,
        ),
      stop: () => manifests.revert(),
      discardData: () => discardEtcdData(dataDirectory, host),
    },
    await connectedEtcd(run),
    {
      ...etcdPorts(run),
      diagnose: (look) => findMemberCause(look, diagnosis),
      onFailure: (name, undo) => run.onFailure(name, undo),
    },
  ).catch((error: unknown) => {
    if (isKubeadmError(error) && error.details["component"] === "etcd") emitTroubleshooting(error, node, events);
    throw error;
  });
}

/** Writes what the phase of the other manifests has checked and reported. */
async function writeApiServerManifest(
  { node, patches }: MemberValues,
  files: Files,
  run: Run<JoinContext>,
): Promise<void> {
  if (!writesApiServerWithEtcd(node, run)) return;
  const manifests = { components: ["kube-apiserver"], patches: async () => patches } as const;
  const { machine } = run.context.host;
  await writeComponentManifests(node, manifests, { files, machine, events: silentEvents });
}

function wasBegun(peerUrl: string, { context }: Run<JoinContext>): boolean {
  const made = context.record?.resumed?.journal.objects ?? [];
  return made.some(({ kind, name }) => kind === "EtcdMember" && name === peerUrl);
}

/** Prints upstream's lines, and writes the Pod with this machine as its only member: the others are not known. */
export async function joinEtcdDryRun(
  { node, patches }: MemberValues,
  dataDirectory: string,
  run: Run<JoinContext>,
): Promise<void> {
  const { files } = run.context.host;
  const { events } = run;
  const would = (area: string, action: string) => events.emit("dryrun.would", { area, action });
  would("control-plane-join", `ensure that ${goQuote(dataDirectory)} directory is present`);
  would("etcd", `add etcd member: ${etcdPeerUrl(node.localAPIEndpoint.advertiseAddress)}`);
  events.emit("manifest.writing", { component: "etcd" });
  await writeEtcdManifest(node, { patches }, { files, events });
  const content = maskSecrets(await files.readText(etcdManifestPath));
  events.emit("dryrun.file", { path: etcdManifestPath, content });
  would("etcd", "wait for the new etcd member to join the cluster");
}
