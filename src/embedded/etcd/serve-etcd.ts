import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { messageOf } from "../../errors/kubeadm-error.ts";
import type { EtcdMember } from "../../etcd/etcd.ts";
import type { Member } from "../../etcd/etcd-messages.ts";
import { etcdMethods } from "../../etcd/etcd-methods.ts";
import type { GrpcMethod } from "../../grpc/method.ts";
import { type EtcdMembership, EtcdRefusal } from "./membership.ts";
import { snapshotParts } from "./snapshot.ts";

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
    const path = String(headers[":path"]);
    if (path === etcdMethods.snapshot.path) return await sendSnapshot(stream, member);
    const answer = answerTo(path, message, member);
    beginAnswer(stream);
    stream.end(framed(answer));
  } catch (error) {
    if (stream.destroyed) return;
    const status = error instanceof EtcdRefusal ? error.status : 2;
    const failure = { "grpc-status": String(status), "grpc-message": messageOf(error).replaceAll("%", "%25") };
    stream.respond({ ":status": 200, "content-type": "application/grpc", ...failure }, { endStream: true });
  }
}

function beginAnswer(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "" }));
}

function framed(message: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

/** Sends the database no faster than the client reads it. */
async function sendSnapshot(stream: ServerHttp2Stream, { membership, memberId }: ServingMember): Promise<void> {
  const gone = new AbortController();
  stream.on("close", () => gone.abort());
  const { databaseBytes } = membership.status(memberId);
  const parts = snapshotParts(databaseBytes, gone.signal, membership.snapshotFault(memberId));
  const messages = async function* () {
    for await (const part of parts) yield framed(etcdMethods.snapshot.response.encode(part));
  };
  beginAnswer(stream);
  // What ends the stream early is what the client sees: a canceled call, or an end without a status.
  await pipeline(Readable.from(messages(), { objectMode: false, highWaterMark: 64 * 1024 }), stream).catch(() =>
    stream.destroy(),
  );
}

const unimplemented = 12;

function answerTo(path: string, message: Uint8Array, { membership, memberId }: ServingMember): Uint8Array {
  const header = { clusterId: 1n, memberId: BigInt(`0x${memberId}`) };
  const handlers = new Map<string, () => Uint8Array>();
  const on = <Q, A>(method: GrpcMethod<Q, A>, handle: (request: Q) => A) => {
    handlers.set(method.path, () => method.response.encode(handle(method.request.decode(message))));
  };
  const list = () => membership.members.map(encoded);
  on(etcdMethods.memberList, (request) => ({ header, members: membership.list(memberId, request).map(encoded) }));
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
  on(etcdMethods.moveLeader, ({ targetID }) => {
    membership.moveLeader(memberId, targetID.toString(16));
    return { header };
  });
  on(etcdMethods.status, () => {
    const { version, leaderId, errors, isLearner, ...numbers } = membership.status(memberId);
    return {
      header,
      version,
      leader: leaderId === "" ? 0n : BigInt(`0x${leaderId}`),
      errors: [...errors],
      isLearner,
      raftAppliedIndex: BigInt(numbers.appliedIndex),
      dbSize: BigInt(numbers.databaseBytes),
      dbSizeInUse: BigInt(numbers.usedBytes),
      dbSizeQuota: BigInt(numbers.quotaBytes),
    };
  });
  const handler = handlers.get(path);
  if (handler === undefined) throw new EtcdRefusal(unimplemented, `unknown method ${path}`);
  return handler();
}

function encoded({ id, name, peerUrls, clientUrls, isLearner }: EtcdMember): Member {
  return { ID: BigInt(`0x${id}`), name, peerURLs: [...peerUrls], clientURLs: [...clientUrls], isLearner };
}
