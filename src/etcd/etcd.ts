import { foreignText } from "../errors/printable-text.ts";
import type { Secret } from "../errors/secret.ts";

/** One entry of the cluster's member list. */
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
}

/** Client certificate of a member or of the API server; all fields are PEM. */
export interface EtcdCredentials {
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: Secret;
}

export interface EtcdCallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for one answer. */
  readonly timeoutMs: number;
}

/**
 * The calls of etcd's v3 API that kubeadm makes, by gRPC over mutual TLS. A call without an endpoint goes to any
 * endpoint that answers. Every method throws EtcdError, or the signal's reason.
 */
export interface Etcd {
  /** Linearizable: needs a quorum. */
  members(options: EtcdCallOptions): Promise<readonly EtcdMember[]>;
  /** Adds a member without a vote; returns the new member and the list that includes it. */
  addLearner(
    peerUrl: string,
    options: EtcdCallOptions,
  ): Promise<{ readonly member: EtcdMember; readonly members: readonly EtcdMember[] }>;
  promote(memberId: string, options: EtcdCallOptions): Promise<readonly EtcdMember[]>;
  remove(memberId: string, options: EtcdCallOptions): Promise<readonly EtcdMember[]>;
  /** The status of the member behind this endpoint, whatever the others report. */
  status(endpoint: string, options: EtcdCallOptions): Promise<EtcdStatus>;
  close(): void;
}

/** Opens connections on first use; the call itself never fails. `endpoints` are URLs: https://192.0.2.10:2379. */
export type ConnectEtcd = (endpoints: readonly string[], credentials: EtcdCredentials) => Etcd;

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
export class EtcdError extends Error {
  readonly code: EtcdErrorCode;

  constructor(code: EtcdErrorCode, message: string, cause?: unknown) {
    super(foreignText(message), cause === undefined ? undefined : { cause });
    this.name = "EtcdError";
    this.code = code;
  }
}
