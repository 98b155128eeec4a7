import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import { maskSecrets } from "../../errors/secret.ts";
import { goQuote } from "../../go/quote.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import { etcdClientUrl, etcdPeerUrl } from "../../kubeadm/control-plane/etcd-pod.ts";
import { findMemberCause } from "../../kubeadm/control-plane/find-cause.ts";
import { makeEtcdDataDirectory, writeEtcdManifest } from "../../kubeadm/control-plane/write-etcd-manifest.ts";
import { discardEtcdData, readEtcdData } from "../../kubeadm/etcd/etcd-data.ts";
import { joinEtcdMember } from "../../kubeadm/etcd/join-member.ts";
import { appliedIndexOfLocalEtcd, restartLocalEtcd } from "../../kubeadm/etcd/running-member.ts";
import { effectiveNodeName } from "../../kubeadm/kubelet/kubelet-environment.ts";
import type { Patches } from "../../kubeadm/patches/read-patches.ts";
import { etcdManifestPath } from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { diagnosisPorts, tellAdvice } from "../wait-for-control-plane.ts";
import type { JoinContext } from "./context.ts";
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
  const manifest = revertibleFiles(host.files);
  const { advertiseAddress } = node.localAPIEndpoint;
  const { name, kubeletExtraArgs, criSocket } = node.nodeRegistration;
  const diagnosis = diagnosisPorts(node, run);
  await joinEtcdMember(
    {
      name,
      peerUrl: etcdPeerUrl(advertiseAddress),
      clientUrl: etcdClientUrl(advertiseAddress),
      dataDirectory,
      data,
      start: (initialCluster) => writeEtcdManifest(node, { initialCluster, patches }, { files: manifest, events }),
      appliedIndex: (signal) => appliedIndexOfLocalEtcd(host, signal),
      restart: (signal) =>
        restartLocalEtcd(
          {
            nodeName: effectiveNodeName(name, kubeletExtraArgs),
            runtime: run.context.connectContainerRuntime(criSocket),
          },
          signal,
        ),
      stop: () => manifest.revert(),
      discardData: () => discardEtcdData(dataDirectory, host),
    },
    await connectedEtcd(run),
    {
      ...etcdPorts(run),
      diagnose: (look) => findMemberCause(look, diagnosis),
      onFailure: (name, undo) => run.onFailure(name, undo),
    },
  ).catch((error: unknown) => {
    if (isKubeadmError(error) && error.details["component"] === "etcd") tellAdvice(error, node, events);
    throw error;
  });
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
