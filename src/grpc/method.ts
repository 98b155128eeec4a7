import type { Message } from "./message.ts";

/** One call of a service: its gRPC path and the two messages. */
export interface GrpcMethod<Q, A> {
  readonly path: string;
  readonly request: Message<Q>;
  readonly response: Message<A>;
}

/** Returns the methods of a protobuf package by their names in it: "Cluster/MemberList" of "etcdserverpb". */
export function methodsOf(protobufPackage: string) {
  return <Q, A>(name: string, request: Message<Q>, response: Message<A>): GrpcMethod<Q, A> => {
    return { path: `/${protobufPackage}.${name}`, request, response };
  };
}
