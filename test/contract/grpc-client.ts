import { criMethods } from "../../src/cri/cri-methods.ts";
import { grpcCall } from "../../src/grpc/call.ts";
import { type GrpcChannel, grpcChannel } from "../../src/grpc/channel.ts";
import { unixTarget } from "../../src/grpc/dial.ts";
import { GrpcError } from "../../src/grpc/status.ts";
import type { Sockets } from "../../src/sockets/sockets.ts";

/** A call, or several of them, over one channel to a server on a unix socket. */
export interface Request {
  readonly socketPath: string;
  readonly timeoutMs?: number;
  /** One after the other; by default one call. */
  readonly calls?: number;
  /** How many are made at the same time each time; by default one. */
  readonly atOnce?: number;
  readonly messageBytes?: number;
  /** Reads the last answer as that of CRI's Version. */
  readonly isVersion?: boolean;
}

/** How the calls ended, one after the other. */
export type Outcome =
  | { readonly bytes: number; readonly start: readonly number[] }
  | { readonly runtimeName: string }
  | { readonly status: string; readonly message: string };

/** Makes the calls on the runtime that this runs on, and closes the channel. */
export async function outcomesOf(request: Request, sockets: Sockets): Promise<readonly Outcome[]> {
  const channel = grpcChannel(unixTarget(request.socketPath, { sockets }));
  try {
    const outcomes: Outcome[] = [];
    for (let call = 0; call < (request.calls ?? 1); call++) {
      const calls = Array.from({ length: request.atOnce ?? 1 }, () => outcomeOf(channel, request));
      outcomes.push(...(await Promise.all(calls)));
    }
    return outcomes;
  } finally {
    channel.close();
  }
}

async function outcomeOf(
  channel: GrpcChannel,
  { timeoutMs = 5_000, messageBytes = 0, isVersion }: Request,
): Promise<Outcome> {
  const options = { signal: AbortSignal.timeout(60_000), timeoutMs };
  try {
    if (isVersion === true) {
      const { runtimeName } = await grpcCall(channel, criMethods.version, { version: "" }, options);
      return { runtimeName };
    }
    const answer = await channel.unary("/a.B/C", new Uint8Array(messageBytes), options);
    return { bytes: answer.length, start: [...answer.subarray(0, 8)] };
  } catch (error) {
    if (!(error instanceof GrpcError)) throw error;
    return { status: error.status, message: error.message };
  }
}
