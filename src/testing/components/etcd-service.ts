import type { EtcdMember } from "../../etcd/etcd.ts";
import { type EtcdMethod, etcdMethods } from "../../etcd/etcd-methods.ts";
import type { Member } from "../../etcd/gen/rpc.ts";
import { GrpcFailure, grpcCodes, unknownMethod } from "../grpc-server.ts";
import type { EtcdCluster, MemberRecord } from "./etcd-cluster.ts";

export const etcdVersion = "3.7.0";

/** Calls of etcd's v3 API, as one member answers them. */
type Handler = (message: Uint8Array, call: Call) => Uint8Array;

interface Call {
  readonly cluster: EtcdCluster;
  readonly memberId: string;
}

/** The answer of a member to a call; GrpcFailure in etcd's words (api/v3rpc/rpctypes) where it refuses. */
export async function answerEtcd(path: string, message: Uint8Array, call: Call): Promise<Uint8Array> {
  const handle = handlers.get(path);
  if (handle === undefined) throw unknownMethod(path);
  return handle(message, call);
}

function handler<Q, A>(method: EtcdMethod<Q, A>, handle: (request: Q, call: Call) => A): readonly [string, Handler] {
  return [
    method.path,
    (message, call) => method.response.encode(handle(method.request.decode(message), call)).finish(),
  ];
}

/** A call that changes or reads the member list: a learner refuses it, and without a quorum nobody answers. */
function membership<Q, A>(method: EtcdMethod<Q, A>, handle: (request: Q, call: Call) => A): readonly [string, Handler] {
  return handler(method, (request, call) => {
    if (call.cluster.member(call.memberId)?.isLearner === true) {
      throw new GrpcFailure(grpcCodes.unavailable, "etcdserver: rpc not supported for learner");
    }
    if (!call.cluster.hasQuorum()) throw new GrpcFailure(grpcCodes.unavailable, "etcdserver: no leader");
    return handle(request, call);
  });
}

const handlers: ReadonlyMap<string, Handler> = new Map([
  membership(etcdMethods.memberList, (_request, call) => ({ header: headerOf(call), members: membersOf(call) })),
  membership(etcdMethods.memberAdd, ({ peerURLs, isLearner }, call) => {
    const { members } = call.cluster;
    if (members.some(({ peerUrls }) => peerUrls.some((url) => peerURLs.includes(url)))) {
      throw new GrpcFailure(grpcCodes.failedPrecondition, "etcdserver: Peer URLs already exists");
    }
    if (isLearner && members.some((member) => member.isLearner)) {
      const why = "etcdserver: too many learner members in cluster";
      throw new GrpcFailure(grpcCodes.failedPrecondition, why);
    }
    const member = call.cluster.add(peerURLs, isLearner);
    return { header: headerOf(call), member: wireMember(member), members: membersOf(call) };
  }),
  membership(etcdMethods.memberPromote, ({ ID }, call) => {
    const member = existing(ID, call);
    if (!member.isLearner) {
      throw new GrpcFailure(grpcCodes.failedPrecondition, "etcdserver: can only promote a learner member");
    }
    if (!call.cluster.isInSync(member.id)) {
      const why = "etcdserver: can only promote a learner member which is in sync with leader";
      throw new GrpcFailure(grpcCodes.failedPrecondition, why);
    }
    call.cluster.change(member.id, { isLearner: false });
    return { header: headerOf(call), members: membersOf(call) };
  }),
  membership(etcdMethods.memberRemove, ({ ID }, call) => {
    const member = existing(ID, call);
    if (!call.cluster.mayRemove(member.id)) {
      const why = "etcdserver: re-configuration failed due to not enough started members";
      throw new GrpcFailure(grpcCodes.failedPrecondition, why);
    }
    call.cluster.remove(member.id);
    return { header: headerOf(call), members: membersOf(call) };
  }),
  handler(etcdMethods.status, (_request, call) => {
    const { cluster, memberId } = call;
    const leader = cluster.leader();
    return {
      header: headerOf(call),
      version: etcdVersion,
      leader: leader === undefined ? 0n : numberOf(leader),
      errors: leader === undefined ? ["etcdserver: no leader"] : [],
      isLearner: cluster.member(memberId)?.isLearner ?? false,
    };
  }),
]);

function existing(id: bigint, { cluster }: Call): MemberRecord {
  const member = cluster.member(id.toString(16));
  if (member === undefined) throw new GrpcFailure(grpcCodes.notFound, "etcdserver: member not found");
  return member;
}

function headerOf({ cluster, memberId }: Call) {
  return { clusterId: numberOf(cluster.id), memberId: numberOf(memberId) };
}

function membersOf({ cluster }: Call): Member[] {
  return cluster.members.map(wireMember);
}

function wireMember({ id, name, peerUrls, clientUrls, isLearner }: EtcdMember): Member {
  return { ID: numberOf(id), name, peerURLs: [...peerUrls], clientURLs: [...clientUrls], isLearner };
}

function numberOf(id: string): bigint {
  return BigInt(`0x${id}`);
}
