import type { GrpcCallOptions, GrpcChannel } from "./channel.ts";
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
  const answer = await channel.unary(method.path, method.request.encode(request).finish(), options);
  try {
    return method.response.decode(answer);
  } catch (error) {
    throw new GrpcError("Internal", "grpc: error while unmarshaling the received message", error);
  }
}
