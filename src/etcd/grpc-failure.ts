import { GrpcError } from "../grpc/status.ts";
import { TlsRefusal } from "../sockets/tls-sockets.ts";
import { EtcdError, type EtcdErrorCode } from "./etcd.ts";

/** etcd's texts (api/v3rpc/rpctypes/error.go) that tell more than their gRPC status, which differs between versions. */
const codesOfTexts: ReadonlyMap<string, EtcdErrorCode> = new Map([
  ["etcdserver: too many learner members in cluster", "too-many-learners"],
  ["etcdserver: can only promote a learner member which is in sync with leader", "learner-not-ready"],
  ["etcdserver: can only promote a learner member", "not-a-learner"],
  ["etcdserver: Peer URLs already exists", "peer-url-exists"],
  // A second MemberAdd of the same URL within a moment: ids are made of URLs and time (seen with etcd 3.7.3).
  ["etcdserver: member ID already exist", "peer-url-exists"],
  ["etcdserver: member not found", "member-not-found"],
  ["etcdserver: unhealthy cluster", "unhealthy"],
  ["etcdserver: re-configuration failed due to not enough started members", "unhealthy"],
  ["etcdserver: no leader", "no-leader"],
  ["etcdserver: leader changed", "no-leader"],
  ["etcdserver: request timed out", "timed-out"],
  ["etcdserver: request timed out, waiting for the applied index took too long", "timed-out"],
  ["etcdserver: request timed out, possibly due to previous leader failure", "timed-out"],
  ["etcdserver: request timed out, possibly due to connection lost", "timed-out"],
]);

/** A failed call as the port tells it; what is no answer of a server or of the way to it is rethrown. */
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

/** Whether another endpoint may do better. What was done all the same, a second try finds done. */
export function maySucceedElsewhere(error: EtcdError): boolean {
  return elsewhere.has(error.code);
}

/** What tells more of etcd: a member that answered, then one that could be reached. */
const telling: readonly EtcdErrorCode[] = ["unavailable", "untrusted", "timed-out", "no-leader"];

/** Of two endpoints that failed, the failure to go by. */
export function moreTelling(one: EtcdError, other: EtcdError): EtcdError {
  return telling.indexOf(other.code) > telling.indexOf(one.code) ? other : one;
}
