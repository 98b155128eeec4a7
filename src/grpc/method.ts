/** How a message is encoded; the constants that ts-proto generates are such values. */
export interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** One call of a service: its gRPC path and the two messages. */
export interface GrpcMethod<Q, A> {
  readonly path: string;
  readonly request: Codec<Q>;
  readonly response: Codec<A>;
}

/** Returns the methods of a protobuf package by their names in it: "Cluster/MemberList" of "etcdserverpb". */
export function methodsOf(protobufPackage: string) {
  return <Q, A>(name: string, request: Codec<Q>, response: Codec<A>): GrpcMethod<Q, A> => {
    return { path: `/${protobufPackage}.${name}`, request, response };
  };
}
