import { GrpcError } from "../grpc/status.ts";
import { TlsRefusal } from "../sockets/tls-sockets.ts";
import { EtcdError, type EtcdErrorCode } from "./etcd.ts";

/**
 * etcd's messages (api/v3rpc/rpctypes/error.go) that are more specific than their gRPC status, which varies by version.
 */
const codesOfTexts: ReadonlyMap<string, EtcdErrorCode> = new Map([
  ["etcdserver: too many learner members in cluster", "too-many-learners"],
  ["etcdserver: can only promote a learner member which is in sync with leader", "learner-not-ready"],
  ["etcdserver: can only promote a learner member", "not-a-learner"],
  ["etcdserver: Peer URLs already exists", "peer-url-exists"],
  // A second MemberAdd of the same URL a moment later: ids are derived from URLs and time (observed with etcd 3.7.3).
  ["etcdserver: member ID already exist", "peer-url-exists"],
  ["etcdserver: member not found", "member-not-found"],
  ["etcdserver: unhealthy cluster", "unhealthy"],
  ["etcdserver: re-configuration failed due to not enough started members", "unhealthy"],
  ["etcdserver: no leader", "no-leader"],
  ["etcdserver: leader changed", "no-leader"],
  ["etcdserver: request timed out", "timed-out"],
  ["etcdserver: request timed out, waiting for the applied index took too long", "timed-out"],
  ["etcdserver: request timed out, leader transfer took too long", "timed-out"],
  ["etcdserver: request timed out, possibly due to previous leader failure", "timed-out"],
  ["etcdserver: request timed out, possibly due to connection lost", "timed-out"],
]);

/**
 * Returns the port's error for a failed call; rethrows anything that is neither a server's answer nor a connection
 * failure.
 */
export function etcdFailure(error: unknown): EtcdError {
  if (!(error instanceof GrpcError)) throw error;
  return new EtcdError(codeOf(error), error.description, error);
}

function codeOf(error: GrpcError): EtcdErrorCode {
  const known = codesOfTexts.get(error.description);
  if (known !== undefined) return known;
  if (error.cause instanceof TlsRefusal) return error.cause.code === "not-tls" ? "unavailable" : "untrusted";
  if (error.status === "DeadlineExceeded") return "timed-out";
  return error.status === "Unavailable" || error.status === "Canceled" ? "unavailable" : "other";
}

const elsewhere: ReadonlySet<EtcdErrorCode> = new Set(["unavailable", "untrusted", "timed-out", "no-leader"]);

/**
 * Reports whether another endpoint may succeed. A retry detects an operation that was carried out despite the failure.
 */
export function maySucceedElsewhere(error: EtcdError): boolean {
  return elsewhere.has(error.code);
}

/** The failures that say more about etcd: from a member that answered, then from one that could be reached. */
const byInformation: readonly EtcdErrorCode[] = ["unavailable", "untrusted", "timed-out", "no-leader"];

/** Returns the more informative failure of two endpoints. */
export function moreInformative(one: EtcdError, other: EtcdError): EtcdError {
  return byInformation.indexOf(other.code) > byInformation.indexOf(one.code) ? other : one;
}
