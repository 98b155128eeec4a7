import { grpcCall, grpcStream } from "../grpc/call.ts";
import { type GrpcChannel, grpcChannel } from "../grpc/channel.ts";
import { tlsTarget } from "../grpc/dial.ts";
import type { GrpcMethod } from "../grpc/method.ts";
import { GrpcError } from "../grpc/status.ts";
import type { TlsSockets } from "../sockets/tls-sockets.ts";
import {
  type ConnectEtcd,
  type EtcdCallOptions,
  type EtcdCredentials,
  EtcdError,
  type EtcdMember,
  type EtcdStreamOptions,
} from "./etcd.ts";
import type { Member } from "./etcd-messages.ts";
import { etcdMethods } from "./etcd-methods.ts";
import { firstAnswer } from "./first-answer.ts";
import { etcdFailure, maySucceedElsewhere, moreInformative } from "./grpc-failure.ts";

/** Milliseconds for TCP and TLS together, same as upstream. */
const dialTimeoutMs = 2_000;
/** Milliseconds after which a read tries the next endpoint too. */
const patienceMs = 250;

/** etcd over gRPC, through the TLS sockets of the current JavaScript runtime. */
export function etcdBy(sockets: TlsSockets): ConnectEtcd {
  return (endpoints, credentials) => {
    const channels = etcdChannels(sockets, credentials);
    const reachable = preference(endpoints);
    const { call } = channels;

    /** One endpoint after the other. */
    const write = async <Q, A>(method: GrpcMethod<Q, A>, request: Q, options: EtcdCallOptions): Promise<A> => {
      let failure: EtcdError | undefined;
      for (const endpoint of reachable.inOrder()) {
        try {
          const answer = await call(endpoint, method, request, options);
          reachable.prefer(endpoint);
          return answer;
        } catch (error) {
          if (!(error instanceof EtcdError) || !maySucceedElsewhere(error)) throw error;
          failure = failure === undefined ? error : moreInformative(failure, error);
        }
      }
      throw failure ?? noEndpoints();
    };

    return {
      members: async (options) => {
        const linearizable = options.isLocal !== true;
        const { endpoint, answer } = await firstAnswer(reachable.inOrder(), {
          patienceMs,
          signal: options.signal,
          none: noEndpoints,
          ask: async (endpoint, signal) => ({
            endpoint,
            answer: await call(endpoint, etcdMethods.memberList, { linearizable }, { ...options, signal }),
          }),
          isFinal: (error) => !(error instanceof EtcdError && maySucceedElsewhere(error)),
          chosen: (one, other) =>
            one instanceof EtcdError && other instanceof EtcdError ? moreInformative(one, other) : other,
        });
        reachable.prefer(endpoint);
        return answer.members.map(memberOf);
      },
      addLearner: async (peerUrl, options) => {
        const request = { peerURLs: [peerUrl], isLearner: true };
        const { member, members } = await write(etcdMethods.memberAdd, request, options);
        if (member === undefined) throw new EtcdError("other", "the response from MemberAdd names no member");
        return { member: memberOf(member), members: members.map(memberOf) };
      },
      promote: async (memberId, options) =>
        (await write(etcdMethods.memberPromote, { ID: numberOf(memberId) }, options)).members.map(memberOf),
      remove: async (memberId, options) =>
        (await write(etcdMethods.memberRemove, { ID: numberOf(memberId) }, options)).members.map(memberOf),
      status: async (endpoint, options) => {
        const status = await call(endpoint, etcdMethods.status, {}, options);
        const { header, leader, version, isLearner, errors } = status;
        return {
          memberId: (header?.memberId ?? 0n).toString(16),
          leaderId: leader === 0n ? "" : leader.toString(16),
          version,
          isLearner,
          errors,
          appliedIndex: Number(status.raftAppliedIndex),
          databaseBytes: Number(status.dbSize),
          usedBytes: Number(status.dbSizeInUse),
          quotaBytes: Number(status.dbSizeQuota),
        };
      },
      moveLeader: async (endpoint, memberId, options) => {
        await call(endpoint, etcdMethods.moveLeader, { targetID: numberOf(memberId) }, options);
      },
      snapshot: async function* (endpoint, options) {
        const parts = channels.stream(endpoint, etcdMethods.snapshot, {}, options);
        for await (const { blob, remainingBytes } of parts) {
          yield { bytes: blob, remainingBytes: Number(remainingBytes) };
        }
      },
      close: () => channels.close(),
    };
  };
}

/** A channel for each endpoint that was called. */
function etcdChannels(sockets: TlsSockets, identity: EtcdCredentials) {
  const channels = new Map<string, GrpcChannel>();
  const streaming = new Set<GrpcChannel>();
  let isClosed = false;

  const open = (endpoint: string): GrpcChannel => {
    if (isClosed) throw closed();
    // Endpoints come from manifests and annotations, which anyone may have edited.
    if (!URL.canParse(endpoint)) throw new EtcdError("unavailable", `${JSON.stringify(endpoint)} is not a URL of etcd`);
    return grpcChannel(tlsTarget(endpoint, { sockets, identity, dialTimeoutMs }));
  };
  const channelTo = (endpoint: string): GrpcChannel => {
    const existing = channels.get(endpoint);
    if (existing !== undefined) return existing;
    const opened = open(endpoint);
    channels.set(endpoint, opened);
    return opened;
  };

  return {
    call: async <Q, A>(
      endpoint: string,
      method: GrpcMethod<Q, A>,
      request: Q,
      { signal, timeoutMs }: EtcdCallOptions,
    ): Promise<A> => {
      if (isClosed) throw closed();
      const channel = channelTo(endpoint);
      try {
        return await grpcCall(channel, method, request, { signal, timeoutMs });
      } catch (error) {
        // A server that stopped answering may be gone without closing the connection: the next call opens a new one.
        if (error instanceof GrpcError && error.status === "DeadlineExceeded" && channels.get(endpoint) === channel) {
          channels.delete(endpoint);
          channel.close();
        }
        throw etcdFailure(error);
      }
    },
    /** Makes a server-streaming call over its own connection, because it would delay all other calls. */
    stream: async function* <Q, A>(
      endpoint: string,
      method: GrpcMethod<Q, A>,
      request: Q,
      options: EtcdStreamOptions,
    ): AsyncGenerator<A> {
      const channel = open(endpoint);
      streaming.add(channel);
      try {
        yield* grpcStream(channel, method, request, options);
      } catch (error) {
        throw etcdFailure(error);
      } finally {
        streaming.delete(channel);
        channel.close();
      }
    },
    close: () => {
      isClosed = true;
      for (const channel of [...channels.values(), ...streaming]) channel.close();
      channels.clear();
      streaming.clear();
    },
  };
}

function closed(): EtcdError {
  return new EtcdError("unavailable", "grpc: the client connection is closing");
}

/** Returns the endpoints, the one that answered last first. */
function preference(endpoints: readonly string[]) {
  let preferred: string | undefined;
  return {
    inOrder: (): readonly string[] =>
      preferred === undefined ? endpoints : [preferred, ...endpoints.filter((endpoint) => endpoint !== preferred)],
    prefer: (endpoint: string) => {
      preferred = endpoint;
    },
  };
}

function noEndpoints(): EtcdError {
  return new EtcdError("unavailable", "etcdclient: no available endpoints");
}

function memberOf({ ID, name, peerURLs, clientURLs, isLearner }: Member): EtcdMember {
  return { id: ID.toString(16), name, peerUrls: peerURLs, clientUrls: clientURLs, isLearner };
}

function numberOf(memberId: string): bigint {
  return BigInt(`0x${memberId}`);
}
