import { foreignText } from "../errors/printable-text.ts";
import type { Secret } from "../errors/secret.ts";

/** One entry of the cluster's member list. */
export interface EtcdMember {
  /** 64 bits in lower-case hexadecimal without leading zeros, as etcdctl shows it. */
  readonly id: string;
  /** "" while the member has not started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** Empty while the member has not started. */
  readonly clientUrls: readonly string[];
  /** Has no vote: it copies the log until it is promoted. */
  readonly isLearner: boolean;
}

export interface EtcdStatus {
  readonly memberId: string;
  /** "" while there is none. */
  readonly leaderId: string;
  readonly version: string;
  readonly isLearner: boolean;
  /** Of the last entry of the log that the member has applied. */
  readonly appliedIndex: number;
  /** What the member finds wrong with itself: alarms, no leader, corruption. */
  readonly errors: readonly string[];
}

/** Client certificate of a member or of the API server; everything PEM. */
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
 * The calls of etcd's v3 API that kubeadm makes, by gRPC over mutual TLS. Calls that name no endpoint go to whichever
 * endpoint answers. Every method throws EtcdError, or the signal's reason.
 */
export interface Etcd {
  /** Linearizable: needs a quorum. */
  members(options: EtcdCallOptions): Promise<readonly EtcdMember[]>;
  /** Adds a member without a vote; gives the new member and the list with it. */
  addLearner(
    peerUrl: string,
    options: EtcdCallOptions,
  ): Promise<{ readonly member: EtcdMember; readonly members: readonly EtcdMember[] }>;
  promote(memberId: string, options: EtcdCallOptions): Promise<readonly EtcdMember[]>;
  remove(memberId: string, options: EtcdCallOptions): Promise<readonly EtcdMember[]>;
  /** Of the member behind this very endpoint, whatever the others say. */
  status(endpoint: string, options: EtcdCallOptions): Promise<EtcdStatus>;
  close(): void;
}

/** Opens connections on first use; never fails by itself. `endpoints` are URLs: https://192.0.2.10:2379. */
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

/** An answer that is no success, or none at all: `message` is etcd's own text. */
export class EtcdError extends Error {
  readonly code: EtcdErrorCode;

  constructor(code: EtcdErrorCode, message: string, cause?: unknown) {
    super(foreignText(message), cause === undefined ? undefined : { cause });
    this.name = "EtcdError";
    this.code = code;
  }
}
