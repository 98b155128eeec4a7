import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { buffer } from "node:stream/consumers";
import { messageOf } from "../../errors/kubeadm-error.ts";
import type { EtcdMember } from "../../etcd/etcd.ts";
import { etcdMethods } from "../../etcd/etcd-methods.ts";
import type { Member } from "../../etcd/gen/rpc.ts";
import type { GrpcMethod } from "../../grpc/method.ts";
import { type EtcdMembership, EtcdRefusal } from "./membership.ts";

export interface ServingMember {
  readonly membership: EtcdMembership;
  readonly memberId: string;
}

/** Reports whether a request is for etcd's gRPC API. */
export function isEtcdCall(headers: IncomingHttpHeaders): boolean {
  return String(headers[":path"]).startsWith("/etcdserverpb.");
}

/**
 * Answers one gRPC call as a member of the cluster would, over Node's HTTP/2, which is not the implementation under
 * test.
 */
export async function serveEtcdCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  member: ServingMember,
): Promise<void> {
  stream.on("error", () => undefined);
  try {
    const message = (await buffer(stream)).subarray(5);
    if (member.membership.isSilent(member.memberId)) return;
    const answer = answerTo(String(headers[":path"]), message, member);
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(answer.length, 1);
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "" }));
    stream.end(Buffer.concat([frame, answer]));
  } catch (error) {
    if (stream.destroyed) return;
    const status = error instanceof EtcdRefusal ? error.status : 2;
    const failure = { "grpc-status": String(status), "grpc-message": messageOf(error).replaceAll("%", "%25") };
    stream.respond({ ":status": 200, "content-type": "application/grpc", ...failure }, { endStream: true });
  }
}

const unimplemented = 12;

function answerTo(path: string, message: Uint8Array, { membership, memberId }: ServingMember): Uint8Array {
  const header = { clusterId: 1n, memberId: BigInt(`0x${memberId}`) };
  const handlers = new Map<string, () => Uint8Array>();
  const on = <Q, A>(method: GrpcMethod<Q, A>, handle: (request: Q) => A) => {
    handlers.set(method.path, () => method.response.encode(handle(method.request.decode(message))).finish());
  };
  const list = () => membership.members.map(encoded);
  on(etcdMethods.memberList, () => ({ header, members: membership.list(memberId).map(encoded) }));
  on(etcdMethods.memberAdd, ({ peerURLs, isLearner }) => {
    const member = encoded(membership.addMember(memberId, peerURLs, isLearner));
    return { header, member, members: list() };
  });
  on(etcdMethods.memberPromote, ({ ID }) => {
    membership.promote(memberId, ID.toString(16));
    return { header, members: list() };
  });
  on(etcdMethods.memberRemove, ({ ID }) => {
    membership.removeMember(memberId, ID.toString(16));
    return { header, members: list() };
  });
  on(etcdMethods.status, () => {
    const { version, leaderId, errors, isLearner, appliedIndex } = membership.status(memberId);
    const leader = leaderId === "" ? 0n : BigInt(`0x${leaderId}`);
    return { header, version, leader, errors: [...errors], isLearner, raftAppliedIndex: BigInt(appliedIndex) };
  });
  const handler = handlers.get(path);
  if (handler === undefined) throw new EtcdRefusal(unimplemented, `unknown method ${path}`);
  return handler();
}

function encoded({ id, name, peerUrls, clientUrls, isLearner }: EtcdMember): Member {
  return { ID: BigInt(`0x${id}`), name, peerURLs: [...peerUrls], clientURLs: [...clientUrls], isLearner };
}
