import { criMethods } from "../../src/cri/cri-methods.ts";
import { grpcCall } from "../../src/grpc/call.ts";
import { type GrpcChannel, grpcChannel } from "../../src/grpc/channel.ts";
import { unixTarget } from "../../src/grpc/dial.ts";
import { GrpcError } from "../../src/grpc/status.ts";

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
  /** Reads the answer as a stream of messages; after the first one the reader takes none for this many milliseconds. */
  readonly streamPauseMs?: number;
}

/** How the calls ended, one after the other. */
export type Outcome =
  | { readonly bytes: number; readonly start: readonly number[] }
  | { readonly runtimeName: string }
  | { readonly messages: number; readonly bytes: number }
  | { readonly status: string; readonly message: string };

/** Makes the calls on the runtime that this runs on, and closes the channel. */
export async function outcomesOf(request: Request): Promise<readonly Outcome[]> {
  const channel = grpcChannel(unixTarget(request.socketPath));
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
  { timeoutMs = 5_000, messageBytes = 0, isVersion, streamPauseMs }: Request,
): Promise<Outcome> {
  const options = { signal: AbortSignal.timeout(60_000), timeoutMs };
  try {
    if (streamPauseMs !== undefined) {
      const messages = channel.serverStream("/a.B/C", noBytes, { ...options, idleTimeoutMs: timeoutMs });
      return await countMessages(messages, streamPauseMs);
    }
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

const noBytes = new Uint8Array(0);

async function countMessages(messages: AsyncIterable<Uint8Array>, pauseMs: number): Promise<Outcome> {
  let count = 0;
  let bytes = 0;
  for await (const message of messages) {
    if (count === 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    count++;
    bytes += message.length;
  }
  return { messages: count, bytes };
}
