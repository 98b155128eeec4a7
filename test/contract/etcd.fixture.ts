import { createServer } from "node:net";
import type { MembershipOptions } from "../../src/embedded/etcd/membership.ts";
import { type EtcdCluster, type RunningEtcdMember, startEtcdCluster } from "../support/etcd/start-etcd-cluster.ts";
import type { EtcdClusters } from "./etcd.contract.ts";

/** The clusters of the contract, of one authority but for the impostor. */
export async function startEtcdClusters(): Promise<{ readonly clusters: EtcdClusters; close(): Promise<void> }> {
  await using stack = new AsyncDisposableStack();
  const healthy = stack.use(await startEtcdCluster());
  const another = async (options: MembershipOptions = {}) =>
    stack.use(await startEtcdCluster({ authority: healthy.authority, ...options }));
  const [syncing, behind, single, moving, degraded, leaderless, silent, large, cutOff, stalling] = await Promise.all([
    another(),
    another(),
    another(),
    another(),
    another(),
    another(),
    another(),
    another({ databaseBytes: 8_000_000 }),
    another(),
    another(),
  ]);
  const impostor = stack.use(await startEtcdCluster());

  const [voter] = await founded(syncing, 1);
  const { id: learnerId, peerUrls } = syncing.membership.add(["https://192.0.2.12:2380"], true);
  await syncing.startMember({ name: "cp2", peerUrl: peerUrls[0] ?? "" });
  const [behindVoter] = await founded(behind, 1);
  const unstarted = behind.membership.add(["https://192.0.2.12:2380"], true);
  const degradedMembers = await founded(degraded, 3);
  await degradedMembers[2]?.stop();
  const leaderlessMembers = await founded(leaderless, 3);
  await Promise.all([leaderlessMembers[1]?.stop(), leaderlessMembers[2]?.stop()]);
  const [silentMember] = await founded(silent, 1);
  silent.membership.silence(silentMember?.id ?? "");
  const [largeMember] = await founded(large, 1);
  const [cutOffMember] = await founded(cutOff, 1);
  cutOff.membership.spoilSnapshots(cutOffMember?.id ?? "", "cut-off");
  const [stallingMember] = await founded(stalling, 1);
  stalling.membership.spoilSnapshots(stallingMember?.id ?? "", "stalls");

  const { certificateAuthority, clientCertificate, clientKey } = healthy.credentials;
  const clusters: EtcdClusters = {
    certificateAuthority,
    clientCertificate,
    clientKey: clientKey.reveal(),
    healthy: urlsOf(await founded(healthy, 3)),
    syncing: { endpoint: voter?.clientUrl ?? "", learner: learnerId },
    behind: { endpoint: behindVoter?.clientUrl ?? "", learner: unstarted.id },
    single: urlsOf(await founded(single, 1))[0] ?? "",
    moving: urlsOf(await founded(moving, 3)),
    degraded: { endpoints: urlsOf(degradedMembers), ids: degradedMembers.map(({ id }) => id) },
    leaderless: leaderlessMembers[0]?.clientUrl ?? "",
    silent: silentMember?.clientUrl ?? "",
    large: largeMember?.clientUrl ?? "",
    cutOff: cutOffMember?.clientUrl ?? "",
    stalling: stallingMember?.clientUrl ?? "",
    impostor: urlsOf(await founded(impostor, 1))[0] ?? "",
    absent: `https://127.0.0.1:${await closedPort()}`,
  };
  const kept = stack.move();
  return { clusters, close: () => kept.disposeAsync() };
}

function urlsOf(members: readonly RunningEtcdMember[]): readonly string[] {
  return members.map(({ clientUrl }) => clientUrl);
}

/** Voters cp1, cp2, … that all run. */
async function founded(cluster: EtcdCluster, count: number): Promise<readonly RunningEtcdMember[]> {
  const members: RunningEtcdMember[] = [];
  for (let number = 1; number <= count; number++) {
    const peerUrl = `https://192.0.2.1${number}:2380`;
    if (number > 1) cluster.membership.add([peerUrl], false);
    members.push(await cluster.startMember({ name: `cp${number}`, peerUrl }));
  }
  return members;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
