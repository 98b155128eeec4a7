import { PortError } from "../errors/port-error.ts";
import type { Secret } from "../errors/secret.ts";

/** An entry of etcd's member list. */
export interface EtcdMember {
  /** 64 bits in lowercase hexadecimal without leading zeros, as etcdctl shows it. */
  readonly id: string;
  /** "" if the member has not started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** Empty if the member has not started. */
  readonly clientUrls: readonly string[];
  /** A learner has no vote: it copies the log until it is promoted. */
  readonly isLearner: boolean;
}

/** What a member reports about itself. */
export interface EtcdStatus {
  readonly memberId: string;
  /** "" if there is none. */
  readonly leaderId: string;
  readonly version: string;
  readonly isLearner: boolean;
  /** The index of the last log entry that the member has applied. */
  readonly appliedIndex: number;
  /** The errors that the member reports about itself: alarms, no leader, corruption. */
  readonly errors: readonly string[];
  /** Bytes of the database's file. */
  readonly databaseBytes: number;
  /** Bytes of the file that hold data; the rest is free for reuse. */
  readonly usedBytes: number;
  /** Bytes that the file may have; 0 if the member does not report it (before etcd 3.6). */
  readonly quotaBytes: number;
}

/** PEM texts for mutual TLS. */
export interface EtcdCredentials {
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: Secret;
}

/** What every call takes. */
export interface EtcdCallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for one answer. */
  readonly timeoutMs: number;
}

/** What a call takes whose answer has many parts. */
export interface EtcdStreamOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until the first part, and from one part to the next. */
  readonly idleTimeoutMs: number;
}

/** A part of a snapshot. */
export interface EtcdSnapshotPart {
  readonly bytes: Uint8Array;
  /** Bytes of the database that follow this part; the digest at the end does not count. */
  readonly remainingBytes: number;
}

/**
 * The calls of etcd's v3 API that kubeadm makes, over gRPC with mutual TLS
 * (https://etcd.io/docs/v3.6/learning/api/). A call without an endpoint goes to any endpoint that answers. Every method
 * throws EtcdError, or the signal's reason.
 */
export interface Etcd {
  /**
   * Lists the members. The read is linearizable: it needs a quorum. With `isLocal`, it is what the member that answers
   * knows, which may be out of date.
   */
  members(options: EtcdCallOptions & { readonly isLocal?: boolean }): Promise<readonly EtcdMember[]>;
  /** Adds a learner, a member without a vote. Returns it, and the list that includes it. */
  addLearner(
    peerUrl: string,
    options: EtcdCallOptions,
  ): Promise<{ readonly member: EtcdMember; readonly members: readonly EtcdMember[] }>;
  /** Turns a learner into a voting member; returns the new list. */
  promote(memberId: string, options: EtcdCallOptions): Promise<readonly EtcdMember[]>;
  /** Removes a member; returns the new list. */
  remove(memberId: string, options: EtcdCallOptions): Promise<readonly EtcdMember[]>;
  /** Returns the status of the member behind this endpoint only. */
  status(endpoint: string, options: EtcdCallOptions): Promise<EtcdStatus>;
  /**
   * Transfers the leadership to another voting member; returns once the previous leader follows it. Only the leader can do so:
   * the endpoint must be its own.
   */
  moveLeader(endpoint: string, memberId: string, options: EtcdCallOptions): Promise<void>;
  /**
   * Reads the database of the member behind this endpoint, as it is at the start of the call, followed by its SHA-256
   * digest: the content of the file that `etcdctl snapshot save` writes. etcd sends no faster than the caller reads.
   */
  snapshot(endpoint: string, options: EtcdStreamOptions): AsyncIterable<EtcdSnapshotPart>;
  /** Closes the connections. */
  close(): void;
}

/**
 * Returns a client of the etcd members at the endpoints, which are URLs: https://192.0.2.10:2379. Connects on first use;
 * the function itself never throws.
 */
export type ConnectEtcd = (endpoints: readonly string[], credentials: EtcdCredentials) => Etcd;

/** Why a call failed. */
export type EtcdErrorCode =
  | "unavailable"
  | "timed-out"
  | "no-leader"
  | "too-many-learners"
  | "learner-not-ready"
  | "peer-url-exists"
  | "member-not-found"
  | "not-a-learner"
  | "unhealthy"
  | "untrusted"
  | "other";

/** An error answer, or no answer: `message` is etcd's own text. */
export class EtcdError extends PortError {
  readonly code: EtcdErrorCode;

  constructor(code: EtcdErrorCode, message: string, cause?: unknown) {
    super("EtcdError", message, cause);
    this.code = code;
  }
}
