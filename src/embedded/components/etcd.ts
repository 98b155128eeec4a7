import { abortable } from "../../async/signal.ts";
import { imageTag } from "../../kubernetes/image-name.ts";
import { compareVersions, parseSemanticVersion, versionText } from "../../kubernetes/semantic-version.ts";
import { type ContainerProcess, type ContainerProgram, ProgramFailure } from "../container-program.ts";
import { Arguments } from "./arguments.ts";
import { behaviorOf, type ComponentBehaviors } from "./component-behavior.ts";
import { EtcdCluster, minorVersion } from "./etcd-cluster.ts";
import { EtcdData } from "./etcd-data.ts";

const knownFlags = [
  "advertise-client-urls",
  "cert-file",
  "client-cert-auth",
  "data-dir",
  "election-timeout",
  "feature-gates",
  "heartbeat-interval",
  "initial-advertise-peer-urls",
  "initial-cluster",
  "initial-cluster-state",
  "initial-cluster-token",
  "key-file",
  "listen-client-urls",
  "listen-metrics-urls",
  "listen-peer-urls",
  "log-level",
  "name",
  "peer-cert-file",
  "peer-client-cert-auth",
  "peer-key-file",
  "peer-trusted-ca-file",
  "quota-backend-bytes",
  "snapshot-count",
  "trusted-ca-file",
  "watch-progress-notify-interval",
];

/** A member that is about to run, and its start options. */
export interface StartingMember {
  readonly cluster: EtcdCluster;
  readonly memberId: string;
  readonly flags: Arguments;
  readonly container: ContainerProcess;
}

export interface EtcdWorld {
  /** All clusters ever created, for the references in the members' data directories. */
  readonly clusters: Map<string, EtcdCluster>;
  /** Opens the member's listeners; disposing of the result closes them. */
  serve(member: StartingMember): Promise<AsyncDisposable>;
  readonly behaviors: ComponentBehaviors;
}

/**
 * etcd from its manifest. Like the real one, it creates a new cluster unless --initial-cluster-state is `existing`,
 * continues with the content of its data directory, and refuses one whose member was removed, or that a later minor
 * version has written. The only member of a cluster serves what its data directory contains.
 */
export function etcd(world: EtcdWorld): ContainerProgram {
  return async (container) => {
    const flags = new Arguments(container, knownFlags);
    const dataPath = flags.get("data-dir", "default.etcd");
    const data = new EtcdData(container.path(dataPath), dataPath);
    const version = versionOf(container);
    const { cluster, memberId } = resumed(data, version, world) ?? joined(flags, world) ?? founded(flags, world);
    refuseDowngrade(version, cluster.clusterVersion);
    data.write(cluster, memberId);
    await using _listeners = await world.serve({ cluster, memberId, flags, container });
    const clientUrls = flags.list("advertise-client-urls");
    const name = flags.get("name", "default");
    cluster.change(memberId, { name, clientUrls, version, isRunning: true });
    cluster.agreeOnVersion();
    data.write(cluster, memberId);
    const isRunning = behaviorOf(world.behaviors, container).health !== "fail";
    cluster.change(memberId, { isRunning });
    if (isRunning) container.log("ready to serve client requests");
    const removed = new AbortController();
    const stopListening = cluster.onRemoved(memberId, () => removed.abort());
    try {
      await abortable(new Promise<never>(() => undefined), AbortSignal.any([container.signal, removed.signal]));
    } catch (error) {
      if (removed.signal.aborted) throw new ProgramFailure(removedText);
      if (!container.signal.aborted) throw error;
    } finally {
      stopListening();
      cluster.change(memberId, { isRunning: false });
      cluster.writtenRevisions.set(memberId, cluster.storage.revision);
      data.writeEnd(cluster, memberId);
    }
    return 0;
  };
}

const removedText = "the member has been permanently removed from the cluster";

interface Membership {
  readonly cluster: EtcdCluster;
  readonly memberId: string;
}

/** Undefined if the data directory is empty. */
function resumed(data: EtcdData, version: string, { clusters }: EtcdWorld): Membership | undefined {
  const record = data.read();
  if (record === undefined) return undefined;
  const { clusterId, memberId, revision } = record;
  const cluster = clusters.get(clusterId);
  if (cluster === undefined) throw new ProgramFailure(`cluster ID mismatch: no cluster ${clusterId}`);
  if (cluster.member(memberId) === undefined) {
    throw new ProgramFailure(removedText);
  }
  if (cluster.members.length === 1) {
    refuseDowngrade(version, record.clusterVersion);
    cluster.clusterVersion = record.clusterVersion;
    cluster.storage.restore(data.readObjects());
  }
  const written = cluster.writtenRevisions.get(memberId) ?? 0;
  if (cluster.members.length > 1 && revision < written) {
    throw new ProgramFailure(
      `tocommit(${written}) is out of range [lastIndex(${revision})]. Was the raft log corrupted, truncated, or lost?`,
    );
  }
  return { cluster, memberId };
}

/** "3.6.8" of an image with the tag 3.6.8-0. */
function versionOf({ image }: ContainerProcess): string {
  const version = parseSemanticVersion(imageTag(image));
  return version === undefined ? "3.7.0" : versionText({ ...version, preRelease: "" });
}

/** Throws ProgramFailure if the program is older than the data. */
function refuseDowngrade(version: string, clusterVersion: string): void {
  const own = minorVersion(version);
  if (compareVersions(own, minorVersion(`${clusterVersion}.0`)) >= 0) return;
  throw new ProgramFailure(
    "invalid downgrade; server version is lower than determined cluster version: the cluster cannot be downgraded " +
      `{"current-server-version": "${versionText(own)}", "determined-cluster-version": "${clusterVersion}"}`,
  );
}

/** Undefined unless the flags say that the cluster exists. */
function joined(flags: Arguments, { clusters }: EtcdWorld): Membership | undefined {
  if (flags.get("initial-cluster-state", "new") !== "existing") return undefined;
  const own = flags.list("initial-advertise-peer-urls");
  const wanted = initialCluster(flags);
  for (const cluster of clusters.values()) {
    const member = cluster.members.find(({ peerUrls }) => peerUrls.some((url) => own.includes(url)));
    if (member === undefined || !cluster.members.some(({ isRunning }) => isRunning)) continue;
    if (cluster.members.length !== wanted.length) {
      throw new ProgramFailure("error validating peerURLs: member count is unequal");
    }
    const unknown = cluster.members.find(({ peerUrls }) => !wanted.some(({ url }) => peerUrls.includes(url)));
    if (unknown !== undefined)
      throw new ProgramFailure("error validating peerURLs: unmatched member while checking PeerURLs");
    return { cluster, memberId: member.id };
  }
  throw new ProgramFailure(
    "cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs",
  );
}

function founded(flags: Arguments, { clusters }: EtcdWorld): Membership {
  const name = flags.get("name", "default");
  const own = initialCluster(flags).find((entry) => entry.name === name);
  if (own === undefined) {
    throw new ProgramFailure(`couldn't find local name ${JSON.stringify(name)} in the initial cluster configuration`);
  }
  if (!flags.list("initial-advertise-peer-urls").includes(own.url)) {
    throw new ProgramFailure(`--initial-cluster has ${name}=${own.url} but missing from --initial-advertise-peer-urls`);
  }
  const cluster = new EtcdCluster();
  clusters.set(cluster.id, cluster);
  const members = initialCluster(flags).map((entry) => ({ ...entry, id: cluster.add([entry.url], false).id }));
  const memberId = members.find((entry) => entry.name === name)?.id ?? "";
  return { cluster, memberId };
}

function initialCluster(flags: Arguments): readonly { readonly name: string; readonly url: string }[] {
  return flags.list("initial-cluster").map((entry) => {
    const at = entry.indexOf("=");
    return { name: entry.slice(0, at), url: entry.slice(at + 1) };
  });
}
