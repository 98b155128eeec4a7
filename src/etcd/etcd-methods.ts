import * as etcd from "./gen/rpc.ts";

/** How a message goes over the wire; the generated constants are such values. */
export interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** One call of etcd's v3 API: its gRPC path and the two messages. */
export interface EtcdMethod<Q, A> {
  readonly path: string;
  readonly request: Codec<Q>;
  readonly response: Codec<A>;
}

function method<Q, A>(name: string, request: Codec<Q>, response: Codec<A>): EtcdMethod<Q, A> {
  return { path: `/etcdserverpb.${name}`, request, response };
}

/** The calls that kubeadm makes. */
export const etcdMethods = {
  memberList: method("Cluster/MemberList", etcd.MemberListRequest, etcd.MemberListResponse),
  memberAdd: method("Cluster/MemberAdd", etcd.MemberAddRequest, etcd.MemberAddResponse),
  memberPromote: method("Cluster/MemberPromote", etcd.MemberPromoteRequest, etcd.MemberPromoteResponse),
  memberRemove: method("Cluster/MemberRemove", etcd.MemberRemoveRequest, etcd.MemberRemoveResponse),
  status: method("Maintenance/Status", etcd.StatusRequest, etcd.StatusResponse),
} as const;
