import type { GrpcCallOptions, GrpcChannel, GrpcStreamOptions } from "./channel.ts";
import type { Message } from "./message.ts";
import type { GrpcMethod } from "./method.ts";
import { GrpcError } from "./status.ts";

/**
 * Makes one call. Throws GrpcError, including for an answer that is not a message of the method, or the signal's
 * reason.
 */
export async function grpcCall<Q, A>(
  channel: GrpcChannel,
  method: GrpcMethod<Q, A>,
  request: Q,
  options: GrpcCallOptions,
): Promise<A> {
  return decoded(method, await channel.unary(method.path, method.request.encode(request), options));
}

/** Makes one call that is answered by a stream of messages. Throws as `grpcCall` does. */
export async function* grpcStream<Q, A>(
  channel: GrpcChannel,
  method: GrpcMethod<Q, A>,
  request: Q,
  options: GrpcStreamOptions,
): AsyncGenerator<A> {
  const answers = channel.serverStream(method.path, method.request.encode(request), options);
  for await (const answer of answers) yield decoded(method, answer);
}

function decoded<A>({ response }: { readonly response: Message<A> }, answer: Uint8Array): A {
  try {
    return response.decode(answer);
  } catch (error) {
    throw new GrpcError("Internal", "grpc: error while unmarshaling the received message", error);
  }
}
